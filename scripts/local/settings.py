"""The environment variables that the service and the tests get. What the developer has set wins over what is ours."""

import os

import devkey
import postgres
import queues

DATABASE_NAME = "locations_inside_prison"

_OWN_DATABASE = ("DATABASE_URL", "DATABASE_ENDPOINT", "DATABASE_NAME", "DATABASE_USERNAME", "DATABASE_PASSWORD", "SPRING_DATASOURCE_URL")

_QUEUE_NAMES = {
    "HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN": queues.TOPIC_ARN,
    "HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME": queues.AUDIT_QUEUE,
    "HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_QUEUE_NAME": queues.EXTERNAL_SYSTEM_QUEUE,
    "HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_DLQ_NAME": f"{queues.EXTERNAL_SYSTEM_QUEUE}-dlq",
    "HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME": queues.CELL_CERTIFICATE_QUEUE,
    "HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME": f"{queues.CELL_CERTIFICATE_QUEUE}-dlq",
    "HMPPS_SQS_REGION": queues.REGION,
    "HMPPS_SQS_USE_WEB_TOKEN": "false",
    "AWS_REGION": queues.REGION,
}

_LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}

# None of the services around exists here. Port 9 (discard) refuses at once, so that what needs one fails fast and says so;
# set the variable to work against a real one or a stand-in.
_SERVICES_AROUND = {
    "API_BASE_URL_OAUTH": "http://localhost:9/auth",
    "API_BASE_URL_PRISONER_SEARCH": "http://localhost:9",
    "API_BASE_URL_PRISON_REGISTER": "http://localhost:9",
    "API_BASE_URL_PRISON_API": "http://localhost:9",
    "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID": "local",
    "LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET": "local",
}


def brings_database():
    """Whether the developer names a database: then the private one is not started."""
    return _is_set(*_OWN_DATABASE)


def brings_queues():
    """Whether the developer names an SNS/SQS server or any of its settings: then the private one is not started."""
    return _is_set("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SNS", "AWS_ENDPOINT_URL_SQS") or any(
        name.startswith("HMPPS_SQS_") and _is_set(name) for name in os.environ
    )


def for_service(postgres_port, queues_port):
    """The environment of `serve`, `migrate` and `token`. A port is None where the developer brings that server."""
    settings = {
        "DEVELOPMENT_MODE": "true",
        "DEVELOPMENT_KEY_FILE": str(devkey.KEY_FILE),
        "LOG_FORMAT": "text",
        "NO_COLOR": "1",  # the log is a file
        "SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON": "true",
        **_SERVICES_AROUND,
    }
    forced = {}
    if postgres_port is not None:
        settings["DATABASE_URL"] = postgres.url(postgres_port, DATABASE_NAME)
    if queues_port is not None:
        settings.update(_LOCAL_CREDENTIALS, AWS_ENDPOINT_URL=queues.url(queues_port))
        forced = _QUEUE_NAMES  # a region meant for another job would miss our queues
    elif _is_set("AWS_ENDPOINT_URL"):
        # Somebody's own local server. With HMPPS_SQS_* alone it is the real AWS, and every name must be given.
        settings.update(_QUEUE_NAMES)
        if not _is_set("AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
            settings.update(_LOCAL_CREDENTIALS)
    given = {name: value for name, value in os.environ.items() if value or name not in settings}
    return {**settings, **given, **forced}


def for_tests(cluster, postgres_port, queues_port):
    """What the tests, benchmarks and scripts get beside their own environment."""
    settings = {
        "TEST_DATABASE_URL": postgres.url(postgres_port),
        "TEST_AWS_ENDPOINT_URL": queues.url(queues_port),
        # For what needs a Postgres that it may kill, and for psql and pgbench: the programs, and who may run a server
        # (empty: whoever runs the tests).
        "POSTGRES_BIN": str(cluster.bin),
        "POSTGRES_OS_USER": cluster.user or "",
    }
    return {name: os.environ.get(name) or value for name, value in settings.items()}


def _is_set(*names):
    return any(os.environ.get(name) for name in names)
