"""The supervisor with real processes: `python3 -m unittest discover --start-directory scripts/local` (`make test` does it)."""

import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import supervisor  # noqa: E402
from processes import identity, wait_until  # noqa: E402

_PATIENCE = 20  # seconds
# Writes down that it was started, and with which id; then it ends, or stays.
_STARTED = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} {time.monotonic()}\\n')"
_STAYS = "; time.sleep(600)"


class Supervised(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.is_over = False
        self.noted = []

    def plan(self, name, program):
        command = [sys.executable, "-c", program, str(self.folder / name)]
        return {"name": name, "command": command, "environment": {}, "log": str(self.folder / f"{name}.log")}

    def starts(self, name):
        """Process id and time of each start."""
        file = self.folder / name
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [(int(line.split()[0]), float(line.split()[1])) for line in lines if line.endswith("\n")]

    def supervise(self, *plans):
        def note(children):
            self.noted.append([child.process.pid for child in children if child.process])

        thread = threading.Thread(target=supervisor.supervise, args=(plans, lambda: self.is_over, note))
        thread.start()

        def over():
            self.is_over = True
            thread.join()

        self.addCleanup(over)
        return over

    def becomes(self, condition):
        self.assertTrue(wait_until(condition, _PATIENCE), "not in time")

    def test_what_has_ended_starts_again_and_the_others_go_on(self):
        self.supervise(self.plan("stays", _STARTED + _STAYS), self.plan("killed", _STARTED + _STAYS))
        self.becomes(lambda: self.starts("stays") and self.starts("killed"))
        first = self.starts("killed")[0][0]
        subprocess.run(["kill", "-9", str(first)], check=True)
        self.becomes(lambda: len(self.starts("killed")) == 2)
        second = self.starts("killed")[1][0]
        self.assertNotEqual(first, second)
        self.assertEqual(len(self.starts("stays")), 1)
        self.becomes(lambda: self.noted[-1] == [self.starts("stays")[0][0], second])

    def test_what_ends_again_and_again_starts_less_and_less_often(self):
        self.supervise(self.plan("ends", _STARTED))
        self.becomes(lambda: len(self.starts("ends")) == 4)
        times = [time for _, time in self.starts("ends")]
        pauses = [later - earlier for earlier, later in zip(times, times[1:])]
        for pause, least in zip(pauses, (0.3, 0.6, 1.2)):
            self.assertGreaterEqual(pause, least)

    def test_at_the_end_all_have_ended(self):
        over = self.supervise(self.plan("one", _STARTED + _STAYS), self.plan("two", _STARTED + _STAYS))
        self.becomes(lambda: self.starts("one") and self.starts("two"))
        over()
        for name in ("one", "two"):
            self.assertIsNone(identity(self.starts(name)[0][0]))

    def test_who_does_not_end_is_killed(self):
        deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _STARTED + _STAYS
        process = subprocess.Popen([sys.executable, "-c", deaf, str(self.folder / "deaf")])
        self.becomes(lambda: self.starts("deaf"))
        begun = time.monotonic()
        supervisor.end([process], patience=0.3)
        self.assertEqual(process.returncode, -9)
        self.assertGreaterEqual(time.monotonic() - begun, 0.3)


if __name__ == "__main__":
    unittest.main()
