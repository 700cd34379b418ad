"""What we depend on, held against deny.toml: licences, sources, crates that are not wanted. `make supply-chain` says more (known
weaknesses, double versions), but its tool takes long to build; this asks cargo alone, and so is made for every change.
"""

import json
import re

from tools import ROOT, Failed, must

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def check():
    rules = (ROOT / "deny.toml").read_text()
    allowed = set(re.findall(r'^    "([^"]+)",$', re.search(r"^allow = \[\n(.*?)^\]", rules, re.M | re.S)[1], re.M))
    unwanted = set(re.findall(r'crate = "([^"]+)"', rules))
    targets = re.findall(r'"([\w-]+-linux-\w+)"', rules)
    filters = [argument for target in targets for argument in ("--filter-platform", target)]
    metadata = json.loads(must("cargo", "metadata", "--format-version", "1", "--locked", *filters, cwd=ROOT))
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    packages = [package for package in metadata["packages"] if package["id"] in used]
    wrong = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not _may_be_used(package["license"] or "", allowed):
            wrong.append(f"{name}: licence {package['license']}")
        if package["source"] not in (None, REGISTRY):
            wrong.append(f"{name}: from {package['source']}")
        if package["name"] in unwanted:
            wrong.append(f"{name} is not wanted")
    if wrong or len(packages) < 100:
        raise Failed("dependencies (deny.toml):\n  " + "\n  ".join(wrong))
    _tries_itself(allowed)
    yield f"licences and sources of {len(packages)} packages are allowed"


def _may_be_used(expression, allowed):
    """Whether one of the ways to take an SPDX expression is allowed. The old `A/B` means A OR B."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        good = parts()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            good = parts() or good
        return good

    def parts():
        good = single()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            good = single() and good
        return good

    def single():
        if tokens[:1] == ["("]:
            tokens.pop(0)
            good = alternatives()
            tokens.pop(0)
            return good
        name = tokens.pop(0) if tokens else ""
        if tokens[:1] == ["WITH"]:
            name = " ".join([name, tokens.pop(0), tokens.pop(0)])
        return name in allowed

    return alternatives()


def _tries_itself(allowed):
    cases = {
        "MIT": True,
        "GPL-3.0": False,
        "": False,
        "GPL-3.0 OR MIT": True,
        "MIT AND GPL-3.0": False,
        "(GPL-3.0 OR MIT) AND Unicode-3.0": True,
        "GPL-3.0/MIT": True,
        "Apache-2.0 WITH LLVM-exception": True,
        "MIT OR GPL-3.0 AND ISC": True,
    }
    for expression, expected in cases.items():
        if _may_be_used(expression, allowed) != expected:
            raise Failed(f"this check no longer reads licences: {expression}")
