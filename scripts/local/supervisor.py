"""Runs the processes of the estate's plan, and starts again what has ended. Ends them all on SIGTERM.

Faults on purpose end a process (08 section 15.6); so it has to come back, as it would in a cluster.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import estate  # noqa: E402
from checkout import ROOT, remember  # noqa: E402
from processes import mark  # noqa: E402

_LOOK = 0.1  # seconds between two looks
_PAUSE = 0.3  # before a process starts again
_LONGEST_PAUSE = 5.0  # where it ends again and again
_LONG_ENOUGH = 10.0  # who has run for so long begins with the short pause again


class Child:
    def __init__(self, plan):
        self.plan = plan
        self.process = None
        self.pause = 0.0
        self.due = time.monotonic()

    def look(self):
        """Starts it when its time has come; notes that it has ended. Answers whether it was started."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            print(f"{time.strftime('%H:%M:%S')} {self.plan['name']} has ended with {self.process.returncode}", flush=True)
            lasted = now - self.started
            self.pause = _PAUSE if lasted > _LONG_ENOUGH else min(max(self.pause * 2, _PAUSE), _LONGEST_PAUSE)
            self.process, self.due = None, now + self.pause
        if self.process is None and now >= self.due:
            self.start(now)
            return True
        return False

    def start(self, now):
        with open(self.plan["log"], "a") as log:
            self.process = subprocess.Popen(
                self.plan["command"], env=self.plan["environment"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.started = now


def supervise(plans, over, note):
    """Runs these processes until `over()`, and ends them. `note` is told of the children each time that one was started."""
    children = [Child(plan) for plan in plans]
    while not over():
        started = [child.look() for child in children]
        if any(started):
            note(children)
        time.sleep(_LOOK)
    end([child.process for child in children if child.process is not None])


def end(processes, patience=30):
    """All at once, the service and its callers: each finishes what is under way. Who has not after `patience` seconds is killed."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _remember_all(children):
    remember("estate-processes", {c.plan["name"]: mark(c.process.pid) for c in children if c.process})


def main():
    plans = json.loads(estate.PLAN.read_text())
    for plan in plans:
        Path(plan["log"]).unlink(missing_ok=True)
    told = []
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda *_: told.append(True))
    supervise(plans, over=lambda: bool(told), note=_remember_all)


if __name__ == "__main__":
    main()
