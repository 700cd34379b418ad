"""Checks what the service is shipped with, as far as that can be done without a cluster or a Docker engine.

    chart       renders every environment; Kubernetes schemas, rules of our own, snapshots, values that must be refused
    monitoring  alerts and dashboard: PromQL, metrics that exist, a runbook for each alert
    dependencies  licences and sources of what we depend on
    containers  Dockerfile and docker-compose.yml
    promotion   which image may go where; the template for client repositories
    workflows   GitHub Actions
    migrations  released ones are as they were, new ones bear the release before

`check` makes all of them, `check NAME ...` only these; `update` writes snapshots and checksums anew. Called by `make check-deploy`.
"""

import sys

sys.dont_write_bytecode = True

import tools  # noqa: E402


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in ("check", "update"):
        print(__doc__)
        return 2
    try:
        if not tools.inside():
            tools.install()
        import chart
        import containers
        import dependencies
        import migrations
        import monitoring
        import promotion
        import workflows

        areas = {module.__name__: module for module in (chart, monitoring, promotion, workflows, migrations, dependencies, containers)}
        if arguments[0] == "update":
            chart.update()
            migrations.update()
            return 0
        passed = 0
        for name in arguments[1:] or areas:
            for line in areas[name].check():
                tools.say(f"{name}: {line}")
                passed += 1
        print(f"{passed} passed, 0 failed")
        return 0
    except tools.Failed as failed:
        print(f"[deploy] FAILED: {failed}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
