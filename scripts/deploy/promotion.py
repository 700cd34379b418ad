"""The scripts of promotion and of the client template, tried with stand-ins for `gh`, `docker` and a registry of charts."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import chart
from tools import ROOT, Failed, must, program, run

OLD, NEW, OTHER = (f"sha256:{digit * 64}" for digit in "abc")

# What each environment has run, the latest first; and the image that was built from the commit `built`.
_GH = f"""#!/bin/sh
case "$2" in
  *environment=staging*) printf '{NEW}\\n{OLD}\\n' ;;
  *environment=production*) printf '{NEW}\\n{NEW}\\n{OLD}\\n' ;;
  *environment=dev*) echo '{NEW}' ;;
esac
"""
_DOCKER = f"""#!/bin/sh
case "$4" in
  *:sha-built) echo '{NEW}' ;;
  *:sha-unseen) echo '{OTHER}' ;;
  *) exit 1 ;;
esac
"""

# What happened, and the environment and digest that come of it; None: it is refused.
CASES = [
    ({"EVENT": "workflow_run", "COMMIT": "built"}, ("staging", NEW)),
    ({"EVENT": "push", "COMMIT": "built"}, ("production", NEW)),
    # main was merged into another commit, or staging never ran it: never straight to production.
    ({"EVENT": "push", "COMMIT": "merge"}, None),
    ({"EVENT": "push", "COMMIT": "unseen"}, None),
    ({"EVENT": "workflow_dispatch", "COMMIT": "unseen", "ENVIRONMENT": "experiment"}, ("experiment", OTHER)),
    ({"EVENT": "workflow_dispatch", "COMMIT": "merge", "ENVIRONMENT": "experiment"}, None),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "production", "DIGEST": OLD}, ("production", OLD)),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "production", "DIGEST": OTHER}, None),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "preprod", "DIGEST": OLD}, None),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "train", "DIGEST": NEW}, ("train", NEW)),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "experiment", "DIGEST": "latest"}, None),
    # One step back, though the present release was deployed twice.
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "production", "BACK": "true"}, ("production", OLD)),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "dev", "BACK": "true"}, None),
    ({"EVENT": "workflow_dispatch", "COMMIT": "x", "ENVIRONMENT": "production", "BACK": "true", "DIGEST": OLD}, None),
]


def check():
    with tempfile.TemporaryDirectory(prefix="promotion-") as folder:
        for name, text in (("gh", _GH), ("docker", _DOCKER)):
            file = Path(folder, name)
            file.write_text(text)
            file.chmod(0o755)
        for given, expected in CASES:
            _choose(folder, given, expected)
        yield f"{len(CASES)} choices of image and environment are as they should be"
        yield _client_template(Path(folder, "client"))


def _choose(folder, given, expected):
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "a/b", "IMAGE": "image", **given}
    done = run(ROOT / "deploy" / "choose-image", env=environment)
    said = tuple(re.findall(r"^\w+=(.*)$", done.stdout, re.M)) if done.returncode == 0 else None
    if said != expected:
        raise Failed(f"deploy/choose-image {given}: {said}, not {expected}\n{done.stderr}")


def _client_template(repository):
    """The example of the template: a release is written down, another client's is not, and the result renders."""
    template = ROOT / "deploy" / "client-template"
    shutil.copytree(template, repository)
    shutil.copytree(template / "examples" / "essence", repository, dirs_exist_ok=True)
    service = repository / "services" / f"{chart.CHART.name}.yaml"
    before = service.read_text()
    must(repository / "update", chart.CHART.name, "2026-12-01.7.1234567", NEW)
    changed = [line for line in service.read_text().splitlines() if line not in before.splitlines()]
    if changed != ["version: 2026-12-01.7.1234567", f"    digest: {NEW}"]:
        raise Failed(f"client template: update has changed {changed}")
    for bad in (("../other", "1", NEW), (chart.CHART.name, "1; true", NEW), (chart.CHART.name, "1", "latest")):
        if run(repository / "update", *bad).returncode == 0:
            raise Failed(f"client template: update takes {bad}")
    must(repository / "update", "another-service", "1", NEW)
    # The registry is not there: the chart of this checkout takes its place, and the user interface has none here.
    (repository / "services" / "hmpps-locations-inside-prison-ui.yaml").unlink()
    text = service.read_text().replace("oci://ghcr.io/ministryofjustice/charts/hmpps-locations-inside-prison-api", str(chart.CHART))
    service.write_text(re.sub(r"^chartVersion:.*\n", "", text, flags=re.M))
    rendered = must(repository / "deploy", "--dry-run", env={**os.environ, "HELM": str(program("helm"))})
    if f"hmpps-locations-inside-prison-api@{NEW}" not in rendered or 'value: "essence"' not in rendered:
        raise Failed("client template: deploy does not render what update has written")
    return "the client template takes a release and renders it"
