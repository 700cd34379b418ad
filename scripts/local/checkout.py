"""Where the things of this checkout are, what is remembered between two calls, and how we speak to the developer."""

import contextlib
import fcntl
import json
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = (ROOT / ".local").resolve()
_STATE = LOCAL / "state"  # a JSON file for each part, and the path of the checkout that it speaks of


class SetupError(Exception):
    """The set-up can't go on; the text says why, and what to do."""


def say(text):
    """A line of progress. On standard error, because the output of `env` is read by a shell."""
    print(f"[local] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def exclusive():
    """One set-up at a time in this checkout: a second `make` waits until the first has its servers."""
    LOCAL.mkdir(exist_ok=True)
    # Postgres may have to run as another user, who passes through here to its data.
    if os.access(LOCAL, os.W_OK):
        LOCAL.chmod(0o755)
    with open(LOCAL / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up of this checkout is at work: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remembered(part):
    """What was remembered about a part ("postgres", "queues", "service"): ports, process ids. Empty if nothing was."""
    try:
        return json.loads((_STATE / f"{part}.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def remember(part, facts):
    """Remembers facts about a part, or forgets the part (`None`)."""
    file = _STATE / f"{part}.json"
    if facts is None:
        file.unlink(missing_ok=True)
        return
    _STATE.mkdir(exist_ok=True)
    (_STATE / "checkout").write_text(str(ROOT))
    # Replaced at once, so that nobody ever reads a half of it.
    new = file.with_suffix(".new")
    new.write_text(json.dumps(facts, indent=2) + "\n")
    new.replace(file)


def is_copy():
    """Whether .local came here with a copy of another checkout, which still is where it was and may be in use."""
    try:
        root = Path((_STATE / "checkout").read_text())
    except FileNotFoundError:
        return False
    return root != ROOT and root.exists()


def forget_all():
    """Forgets everything: what is remembered is about another checkout, so no process that it names is ours."""
    shutil.rmtree(_STATE, ignore_errors=True)


def need_program(name, why):
    """Stops with one clear line if a program that only the system can provide is missing."""
    if shutil.which(name) is None:
        raise SetupError(f"{name} is not installed: {why}")
