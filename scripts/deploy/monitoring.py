"""Alerts and dashboard: the queries are PromQL, they name metrics that exist, and each alert has a runbook."""

import json
import re

import chart
import promql_parser
from tools import ROOT, Failed

# Metrics of the platform, whose names we don't make: Prometheus itself and kube-state-metrics.
OF_THE_PLATFORM = {
    "up",
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_available",
    "kube_pod_container_status_restarts_total",
    "kube_job_status_failed",
    "kube_cronjob_status_last_schedule_time",
}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def check():
    metrics = _metrics()
    alerts = {}
    for environment in chart.ENVIRONMENTS:
        rules = next(m for m in chart.render(environment) if m["kind"] == "PrometheusRule")
        for rule in (rule for group in rules["spec"]["groups"] for rule in group["rules"]):
            alerts[rule["alert"]] = rule
            _known(rule["expr"], metrics, f"{environment}: {rule['alert']}")
    yield f"{len(alerts)} alerts name metrics and labels that exist"
    _runbooks(alerts)
    yield "each alert has its runbook, and each runbook its alert"
    yield _dashboard(metrics)


def _metrics():
    """The series of the service with their labels; docs/metrics.md is made from the code."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", (ROOT / "docs" / "metrics.md").read_text(), re.M)
    if len(rows) < 10:
        raise Failed("docs/metrics.md does not list the metrics")
    return {name + suffix: set(re.findall(r"\w+", labels)) | ({"le"} if suffix == "_bucket" else set()) for name, kind, labels in rows for suffix in SUFFIXES[kind]}


def _known(text, metrics, where):
    try:
        query = promql_parser.parse(text)
    except ValueError as error:
        raise Failed(f"{where}: no PromQL: {text}: {error}") from error
    for selector in _selectors(query):
        if selector.name in OF_THE_PLATFORM:
            continue
        if selector.name not in metrics:
            raise Failed(f"{where}: there is no metric {selector.name} (docs/metrics.md)")
        # Prometheus adds where it has scraped.
        labels = {matcher.name for matcher in selector.matchers.matchers} - {"namespace", "service", "pod"}
        if not labels <= metrics[selector.name]:
            raise Failed(f"{where}: {selector.name} has no label {labels - metrics[selector.name]}")


def _selectors(query):
    if isinstance(query, promql_parser.VectorSelector):
        yield query
    for name in ("lhs", "rhs", "expr", "args", "param", "vector_selector"):
        part = getattr(query, name, None)
        for inner in part if isinstance(part, list) else [part]:
            if isinstance(inner, promql_parser.Expr):
                yield from _selectors(inner)


def _runbooks(alerts):
    text = (ROOT / "docs" / "operations.md").read_text()
    sections = dict(re.findall(r"^### (Locations\w+)\n(.*?)(?=^##)", text, re.M | re.S))
    if set(sections) != set(alerts):
        raise Failed(f"alerts and runbooks of docs/operations.md differ: {sorted(set(sections) ^ set(alerts))}")
    for name, section in sections.items():
        missing = [word for word in ("**Means**", "**Look at**", "**Do**") if word not in " ".join(section.split())]
        if missing:
            raise Failed(f"the runbook of {name} lacks {missing}")
        if not alerts[name]["annotations"]["runbook_url"].endswith(f"operations.md#{name.lower()}"):
            raise Failed(f"{name} names another runbook")


def _dashboard(metrics):
    dashboard = json.loads((chart.CHART / "dashboard.json").read_text())
    queries = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", [])]
    for title, text in queries:
        text = text.replace("$__rate_interval", "5m").replace("$namespace", "a-namespace")
        _known(text, metrics, f"dashboard: {title}")
    if len(queries) < 10:
        raise Failed("the dashboard shows next to nothing")
    return f"{len(queries)} queries of the dashboard name metrics that exist"
