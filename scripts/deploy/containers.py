"""Dockerfile and docker-compose.yml. There need be no Docker engine: the Dockerfile is linted, and its build steps are made in a
clean folder that holds only what it copies; docker-compose.yml is held against the schema of compose files.
"""

import json
import os
import re
import shutil
import tempfile
from fnmatch import fnmatch
from pathlib import Path

import chart
import yaml
from tools import ROOT, Failed, must, program, run, say

# The stages that build, and which package.
_PACKAGES = {"build": "locations-inside-prison-api", "build-standin": "standin"}

# The engine would build the release. Whether the copied files are enough shows without optimisation, and without linking.
_CARGO = """#!/bin/sh
[ "$1" = build ] && shift && set -- check "$@"
for argument; do
  shift
  [ "$argument" = --release ] || set -- "$@" "$argument"
done
exec {cargo} "$@"
"""


def check():
    must(program("hadolint"), "--failure-threshold", "style", ROOT / "Dockerfile")
    yield "hadolint has nothing to say"
    instructions = _instructions()
    yield _runtime(instructions)
    yield _build(instructions)
    must(program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml")
    yield "docker-compose.yml is as its schema wants it"
    yield _compose()


def _instructions():
    """Instruction and rest of each, continued lines put together, in order; comments are left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line]


def _stage(instructions, name):
    begin = next(i for i, (word, rest) in enumerate(instructions) if word == "FROM" and rest.endswith(f" AS {name}"))
    end = next((i for i, (word, _) in enumerate(instructions) if word == "FROM" and i > begin), len(instructions))
    return instructions[begin + 1 : end]


def _runtime(instructions):
    """What the last stage must say, as the chart and the platform rely on it."""
    last = max(i for i, (word, _) in enumerate(instructions) if word == "FROM")
    said = {word: rest for word, rest in instructions[last:]}
    deployment = next(m for m in chart.render("staging") if m["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    ports = {str(port["containerPort"]) for port in container["ports"]}
    user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    for word, expected in [("USER", user), ("CMD", json.dumps(container["args"]))]:
        if said.get(word) != expected:
            raise Failed(f"Dockerfile: {word} is {said.get(word)}, the chart has {expected}")
    if set(said["EXPOSE"].split()) != ports:
        raise Failed(f"Dockerfile: EXPOSE {said['EXPOSE']}, the chart has {sorted(ports)}")
    if "healthcheck" not in said.get("HEALTHCHECK", ""):
        raise Failed("Dockerfile: no HEALTHCHECK by the program itself")
    return "image and chart agree on user, ports and command"


def _ignored(path):
    """Whether .dockerignore keeps a path of the checkout from the engine: the last line that matches decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and (fnmatch(path, pattern) or path.startswith(pattern + "/")):
            ignored = not line.startswith("!")
    return ignored


def _build(instructions):
    with tempfile.TemporaryDirectory(prefix="image-build-") as folder:
        shim = Path(folder, "bin", "cargo")
        shim.parent.mkdir()
        shim.write_text(_CARGO.format(cargo=shutil.which("cargo")))
        shim.chmod(0o755)
        work = Path(folder, "build")
        work.mkdir()
        target = os.environ.get("CARGO_TARGET_DIR") or str(ROOT / "target")
        environment = {**os.environ, "CARGO_TARGET_DIR": target, "PATH": f"{shim.parent}:{os.environ['PATH']}"}
        environment.pop("SQLX_OFFLINE", None)
        environment.pop("DATABASE_URL", None)
        steps = 0
        for stage, package in _PACKAGES.items():
            for word, rest in _stage(instructions, stage):
                if word == "COPY":
                    _copy(rest, work)
                elif word == "RUN" and "scripts/image/root" not in rest:
                    say(f"containers: RUN {rest}")
                    _step(rest, package, work, environment)
                    steps += 1
    return f"{steps} build steps work with nothing but what the Dockerfile copies"


def _step(command, package, work, environment):
    done = run("sh", "-ec", command, cwd=work, env=environment)
    if done.returncode != 0:
        raise Failed(f"Dockerfile: RUN {command} in a folder with nothing but what was copied:\n{done.stdout}{done.stderr[-5000:]}")
    if "cargo" in command and not re.search(rf"(Checking|Compiling) {package} ", done.stderr):
        raise Failed(f"Dockerfile: RUN {command} did not build our sources:\n{done.stderr[-2000:]}")


def _copy(rest, work):
    *sources, destination = rest.split()
    for source in sources:
        if _ignored(source):
            raise Failed(f"Dockerfile: .dockerignore keeps {source} from the engine")
        if not (ROOT / source).exists():
            raise Failed(f"Dockerfile: there is no {source}")
        to = work / destination / Path(source).name if destination.endswith("/") else work / destination
        to.parent.mkdir(parents=True, exist_ok=True)
        # Without times, as of another day: a step must not rely on them.
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target", "__pycache__"))
        else:
            shutil.copy2(ROOT / source, to)


def _compose():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    api = services["locations-api"]
    known = set(chart._settings()) | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
    unknown = set(api["environment"]) - known
    if unknown:
        raise Failed(f"docker-compose.yml: no settings of the service: {sorted(unknown)}")
    sources = "".join(file.read_text() for file in (ROOT / "standin" / "src").rglob("*.rs"))
    unknown = {name for name in services["auth"]["environment"] if name.startswith("STANDIN_") and f'"{name}"' not in sources}
    if unknown:
        raise Failed(f"docker-compose.yml: no settings of the stand-in: {sorted(unknown)}")
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and not (ROOT / source).exists():
                raise Failed(f"docker-compose.yml: {name} mounts {source}, which is not there")
    roles = {name for name, service in services.items() if "estate" in service.get("profiles", [])}
    if not {"auth", "nomis", "mapping", "to-nomis", "from-nomis"} <= roles:
        raise Failed(f"docker-compose.yml: the profile estate has only {sorted(roles)}")
    return "docker-compose.yml sets what the service knows, and has every role of the estate"
