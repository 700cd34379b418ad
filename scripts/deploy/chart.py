"""The Helm chart: every environment is rendered, checked against the schemas of Kubernetes and rules of ours, and compared with
its snapshot; values that must be refused are tried.
"""

import json
import re

import kubernetes_validate
import yaml
from bad_values import BAD_VALUES
from tools import ROOT, VERSIONS, Failed, must, program, run

FOLDER = ROOT / "helm_deploy"
CHART = FOLDER / "hmpps-locations-inside-prison-api"
SNAPSHOTS = FOLDER / "snapshots"
ENVIRONMENTS = sorted(file.stem.removeprefix("values-") for file in FOLDER.glob("values-*.yaml"))
WANTED = {"staging", "experiment", "development", "production", "dev", "preprod", "train", "prod"}

# What a deployment gives beside the values of the environment.
RELEASE = ["--set", "image.tag=0000-00-00.1.abcdef0", "--set", "reconciliation.image=ghcr.io/example/standin:0000-00-00.1.abcdef0"]

# Settings that the service does not read itself: the system or a library does.
OF_THE_SYSTEM = {"TZ", "RUST_LOG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_REGION"}

# What the chart works out from other values, or fixes.
OF_THE_CHART = {"SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT", "PRODUCT_ID", "EVENTS_ENVIRONMENT", "SERVER_PORT", "MANAGEMENT_PORT"}

# Resources of the Prometheus operator: the fields that ours have, from its documentation.
CUSTOM = {
    "PrometheusRule": {"groups": {"name", "rules"}, "rules": {"alert", "expr", "for", "labels", "annotations"}},
    "ServiceMonitor": {"endpoints": {"port", "path", "interval"}},
}


def template(environment, *more):
    name = CHART.name
    namespace = f"hmpps-locations-inside-prison-{environment}"
    values = FOLDER / f"values-{environment}.yaml"
    return [program("helm"), "template", name, CHART, "--namespace", namespace, "--kube-version", "1.34.0", "-f", values, *more]


def render(environment):
    """The manifests of an environment, in the order of kind and name."""
    manifests = [m for m in yaml.safe_load_all(must(*template(environment, *RELEASE))) if m]
    return sorted(manifests, key=lambda m: (m["kind"], m["metadata"]["name"]))


def snapshot(manifests):
    """As text. The dashboard is said once, in the chart."""
    shown = []
    for manifest in manifests:
        if manifest["metadata"]["name"].endswith("-dashboard"):
            manifest = {**manifest, "data": {name: "(dashboard.json of the chart)" for name in manifest["data"]}}
        shown.append(yaml.safe_dump(manifest, sort_keys=False, width=1000))
    return "---\n".join(shown)


def update():
    SNAPSHOTS.mkdir(exist_ok=True)
    for environment in ENVIRONMENTS:
        (SNAPSHOTS / f"{environment}.yaml").write_text(snapshot(render(environment)))


def check():
    if set(ENVIRONMENTS) != WANTED:
        raise Failed(f"environments: {ENVIRONMENTS}, not {sorted(WANTED)}")
    for environment in ENVIRONMENTS:
        manifests = render(environment)
        for manifest in manifests:
            _follow_schema(environment, manifest)
        _follow_rules(environment, manifests)
        file = SNAPSHOTS / f"{environment}.yaml"
        if not file.exists() or file.read_text() != snapshot(manifests):
            raise Failed(f"{environment} renders to something else than {file.relative_to(ROOT)}: make deploy-snapshots, then read the difference")
        yield f"{environment}: {len(manifests)} manifests are as Kubernetes wants them, and as the snapshot says"
    yield _said_once()
    yield _schema_knows_settings()
    yield _refuse_bad_values()
    yield _secrets_of_the_namespaces()
    must(program("helm"), "lint", "--strict", CHART, "-f", FOLDER / "values-staging.yaml", *RELEASE)
    yield "helm lint has nothing to say"


def _follow_schema(environment, manifest):
    kind = manifest["kind"]
    if kind in CUSTOM:
        unknown = _unknown_fields(manifest["spec"], CUSTOM[kind])
        if unknown:
            raise Failed(f"{environment}: {kind}: unknown {unknown}")
        return
    for version in VERSIONS["kubernetes"]:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            raise Failed(f"{environment}: {kind} {manifest['metadata']['name']}, Kubernetes {version}: {error}") from error


def _unknown_fields(spec, known):
    unknown = []
    for name, fields in known.items():
        for item in spec.get(name, []):
            unknown += [f"{name}.{field}" for field in item if field not in fields]
            unknown += _unknown_fields(item, known)
    return unknown


def _follow_rules(environment, manifests):
    """What schemas can't say."""
    deployment = next(m for m in manifests if m["kind"] == "Deployment")
    pod = deployment["spec"]["template"]
    container = pod["spec"]["containers"][0]
    env = {variable["name"]: variable for variable in container["env"]}
    of_jobs = [m for m in manifests if m["kind"] in ("Job", "CronJob")]
    wrong = []

    def rule(holds, text):
        if not holds:
            wrong.append(text)

    for name, spec in [("deployment", pod["spec"])] + [(job["metadata"]["name"], _pod_of_job(job)["spec"]) for job in of_jobs]:
        security = spec["securityContext"]
        rule(security["runAsNonRoot"] and security["runAsUser"] > 0, f"{name} runs as somebody special")
        for part in spec["containers"]:
            rule(not part["securityContext"]["allowPrivilegeEscalation"], f"{name}: {part['name']} may become more")
            rule(part["securityContext"]["capabilities"]["drop"] == ["ALL"], f"{name}: {part['name']} has capabilities")
            pinned = re.search(r"(:[^:/]+|@sha256:[0-9a-f]{64})$", part["image"])
            rule(pinned and not part["image"].endswith(":latest"), f"{name}: the image {part['image']} is not pinned")
    rule(container["securityContext"]["readOnlyRootFilesystem"], "the root file system can be written")

    drain = container["lifecycle"]["preStop"]["sleep"]["seconds"] + sum(_seconds(env[n]["value"]) for n in ("SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT"))
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    rule(grace > drain, f"killed after {grace} s, though the drain may take {drain} s")
    rolling = deployment["spec"]["strategy"]["rollingUpdate"]
    rule(rolling == {"maxSurge": "100%", "maxUnavailable": 0}, f"rolling update: {rolling}")

    known = set(_settings()) | OF_THE_SYSTEM
    rule(set(env) <= known, f"no settings of the service: {sorted(set(env) - known)}")
    rule(len(env) == len(container["env"]), "a variable is set twice")
    for name, needed in _settings().items():
        rule(name in env or not needed, f"{name} is not set")
    rule(env["EVENTS_ENVIRONMENT"]["value"] == environment, "EVENTS_ENVIRONMENT is another environment's")
    rule(not any("{{" in str(v.get("value")) for v in env.values()), "a template is left in a setting")

    labels = pod["metadata"]["labels"]
    for manifest in manifests:
        selector = _selector(manifest)
        if selector:
            rule(selector.items() <= labels.items(), f"{manifest['kind']} does not choose our pods")
            for job in of_jobs:
                rule(not selector.items() <= _pod_of_job(job)["metadata"]["labels"].items(), f"{manifest['kind']} takes the job {job['metadata']['name']} for the service")
    if wrong:
        raise Failed(f"{environment}:\n  " + "\n  ".join(wrong))


def _pod_of_job(job):
    spec = job["spec"]["jobTemplate"]["spec"] if job["kind"] == "CronJob" else job["spec"]
    return spec["template"]


def _selector(manifest):
    spec = manifest.get("spec", {})
    if manifest["kind"] == "Service":
        return spec["selector"]
    if manifest["kind"] in ("Deployment", "PodDisruptionBudget"):
        return spec["selector"]["matchLabels"]
    if manifest["kind"] == "NetworkPolicy":
        return spec["podSelector"]["matchLabels"]
    return None


def _seconds(text):
    return int(text.removesuffix("s"))


def _settings():
    """The settings of the service, and whether it needs them; docs/settings.md is made from the code."""
    rows = re.findall(r"^\| `(\w+)` \| (yes)? *\|", (ROOT / "docs" / "settings.md").read_text(), re.M)
    return {name: needed == "yes" for name, needed in rows}


def _said_once():
    """An overlay does not repeat the base."""
    base = yaml.safe_load((CHART / "values.yaml").read_text())
    for environment in ENVIRONMENTS:
        repeated = list(_repeats(base, yaml.safe_load((FOLDER / f"values-{environment}.yaml").read_text()), ""))
        if repeated:
            raise Failed(f"values-{environment}.yaml says again what the base says: {', '.join(repeated)}")
    return "no overlay repeats the base"


def _repeats(base, overlay, path):
    for name, value in overlay.items():
        if name in base and isinstance(value, dict) and isinstance(base[name], dict):
            yield from _repeats(base[name], value, f"{path}{name}.")
        elif name in base and base[name] == value:
            yield f"{path}{name}"


def _schema_knows_settings():
    """Each setting of the service can be given, in plain or from a secret, and nothing else can."""
    properties = json.loads((CHART / "values.schema.json").read_text())["properties"]
    plain = set(properties["settings"]["properties"])
    from_secrets = set(properties["secrets"]["additionalProperties"]["properties"])
    secret = set(re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| yes \|", (ROOT / "docs" / "settings.md").read_text(), re.M))
    settings = set(_settings()) - OF_THE_CHART
    for what, found, expected in [
        ("settings", plain, settings - secret - {"LOCATIONS_INSIDE_PRISON_API_CLIENT_ID"} | OF_THE_SYSTEM),
        ("secrets", from_secrets, settings),
    ]:
        if found != expected:
            raise Failed(f"values.schema.json, {what}: too much {sorted(found - expected)}, missing {sorted(expected - found)}")
    return f"the schema knows the {len(settings)} settings of the service"


def _refuse_bad_values():
    """Each is refused by the schema or the templates, and the message names the culprit."""
    for arguments, named in BAD_VALUES:
        release = [] if arguments == [] else RELEASE
        refused = run(*template("staging", *release, *arguments))
        if refused.returncode == 0:
            raise Failed(f"values that must be refused are not: {arguments}")
        if not all(word in refused.stderr for word in named):
            raise Failed(f"{arguments} is refused, but not with {named}:\n{refused.stderr}")
    return f"{len(BAD_VALUES)} bad values are refused by name"


def _secrets_of_the_namespaces():
    """The secrets and keys that today's namespaces hold (07 section 9.2); a change here is a change for operations."""
    base = yaml.safe_load((CHART / "values.yaml").read_text())
    keys = {name: sorted({key.removesuffix("?") for key in variables.values()}) for name, variables in base["secrets"].items()}
    queue = ["sqs_queue_name"]
    expected = {
        "hmpps-locations-inside-prison-api-client-creds": ["API_CLIENT_ID", "API_CLIENT_SECRET"],
        "dps-rds-instance-output": ["database_name", "database_password", "database_username", "rds_instance_endpoint"],
        "hmpps-domain-events-topic": ["topic_arn"],
        "sqs-hmpps-audit-secret": queue,
        "sqs-update-from-external-system-events-queue-secret": queue,
        "sqs-update-from-external-system-events-dlq-secret": queue,
        "sqs-update-cell-certificate-queue-secret": queue,
        "sqs-update-cell-certificate-dlq-secret": queue,
        "sqs-prisoner-event-queue-secret": queue,
        "sqs-prisoner-event-queue-dlq-secret": queue,
    }
    if keys != expected:
        raise Failed(f"secrets: {keys}, not {expected}")
    return "secrets are those of today's namespaces"
