"""Migrations are never edited after a release, and each bears the release before (expand first, contract later).

migrations/released.txt holds the checksums of released ones; `make deploy-snapshots` adds new ones, at a release. One that takes
something away has to say in its first lines since when nothing uses it: `-- contracts: not used since <version>`.
"""

import hashlib
import re

from tools import ROOT, Failed

FOLDER = ROOT / "migrations"
RELEASED = FOLDER / "released.txt"
MARK = re.compile(r"^-- contracts: \S+", re.M)

# What the release before could not bear. A constraint of a table that the same file makes takes nothing away.
CONTRACTING = [
    (r"\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|TYPE|SCHEMA)\b", "drops something"),
    (r"\bRENAME\s+(TO|COLUMN|CONSTRAINT)\b", "renames something"),
    (r"\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b", "changes a type"),
    (r"\bSET\s+NOT\s+NULL\b", "demands a value of existing rows"),
    (r"\bADD\s+(COLUMN\s+)?(IF\s+NOT\s+EXISTS\s+)?\w+\s[^,;]*\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)", "adds a column that the release before does not fill"),
    (r"\bTRUNCATE\b", "empties a table"),
]


def files():
    return sorted(FOLDER.glob("*/*.sql"))


def checksum(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def update():
    RELEASED.write_text("".join(f"{checksum(file)}  {file.relative_to(FOLDER)}\n" for file in files()))


def check():
    released = dict(reversed(line.split(None, 1)) for line in RELEASED.read_text().splitlines())
    there = {str(file.relative_to(FOLDER)): file for file in files()}
    for name, sum in released.items():
        if name not in there:
            raise Failed(f"migrations/{name} was released, and is gone")
        if checksum(there[name]) != sum:
            raise Failed(f"migrations/{name} was released, and has been edited: add a new one instead")
    yield f"{len(released)} released migrations are as they were"
    for name, file in there.items():
        if name in released:
            continue
        wrong = contracting(file.read_text())
        if wrong:
            raise Failed(f"migrations/{name} {wrong[0]}: expand first, contract in a later release (migrations/README.md)")
        _numbered_last(name, released)
    yield f"{len(there) - len(released)} new ones bear the release before"
    yield _tries_itself()


def contracting(text):
    if MARK.search(text):
        return []
    code = re.sub(r"--.*", "", text)
    made = {name.lower() for name in re.findall(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.]+)", code, re.I)}
    statements = [s for s in code.split(";") if not any(re.search(rf"ALTER\s+TABLE\s+{re.escape(name)}\b", s, re.I) for name in made)]
    return [what for pattern, what in CONTRACTING if any(re.search(pattern, s, re.I) for s in statements)]


def _numbered_last(name, released):
    folder = name.split("/")[0]
    before = [other for other in released if other.startswith(f"{folder}/")]
    if before and name < max(before):
        raise Failed(f"migrations/{name} would come before ones that were released")


def _tries_itself():
    bad = [
        "ALTER TABLE a DROP COLUMN b;",
        "alter table a rename column b to c;",
        "ALTER TABLE a ALTER COLUMN b TYPE text;",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        "ALTER TABLE a ADD COLUMN b integer NOT NULL;",
    ]
    good = [
        "ALTER TABLE a ADD COLUMN b integer NOT NULL DEFAULT 0;",
        "ALTER TABLE a ADD COLUMN b integer;",
        "CREATE TABLE a (b integer NOT NULL); ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
        "-- contracts: not used since 2026-11-24.1\nALTER TABLE a DROP COLUMN b;",
        "-- we never DROP TABLE here\nCREATE INDEX i ON a (b);",
    ]
    for text in bad:
        if not contracting(text):
            raise Failed(f"this check no longer sees that it contracts: {text}")
    for text in good:
        if contracting(text):
            raise Failed(f"this check calls it contracting: {text}")
    return "the check tells expanding from contracting"
