"""GitHub Actions workflows: ours, and those of the template for client repositories."""

import re

from tools import ROOT, Failed, must, program

FOLDERS = [ROOT / ".github" / "workflows", ROOT / "deploy" / "client-template" / ".github" / "workflows"]


def check():
    for folder in FOLDERS:
        files = sorted(folder.glob("*.yml"))
        if not files:
            raise Failed(f"no workflows in {folder.relative_to(ROOT)}")
        must(program("actionlint"), "-shellcheck=", "-pyflakes=", *files)
        for file in files:
            _pinned(file)
        yield f"{len(files)} workflows in {folder.relative_to(ROOT)} are as actionlint wants them"


def _pinned(file):
    """Actions by version, permissions said."""
    text = file.read_text()
    loose = [use for use in re.findall(r"uses: *(\S+)", text) if not use.startswith("./") and not re.search(r"@(v\d|[0-9a-f]{40})", use)]
    if loose:
        raise Failed(f"{file.name}: no version: {loose}")
    if not re.search(r"^permissions:", text, re.M):
        raise Failed(f"{file.name} does not say its permissions")
