"""`make run`: builds the service, brings its database up to date, serves, and says how to call it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import postgres
import settings
from checkout import LOCAL, ROOT, SetupError, need_program, remember, remembered, say
from processes import choose_port, is_free, listens, mark, runs, stop as stop_process, wait_until

USUAL_PORT = 8080
USUAL_MANAGEMENT_PORT = 9090  # of /metrics
NAME = "locations-inside-prison-api"
BINARY = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "release" / NAME

# Who the ready token is for: everything that one may try in Swagger UI.
_USER = "LOCAL_DEVELOPER"
_ROLES = (
    "VIEW_LOCATIONS", "MAINTAIN_LOCATIONS", "UNARCHIVE_LOCATIONS", "MANAGE_PROPERTY_LOCATIONS", "SYNC_LOCATIONS", "MIGRATE_LOCATIONS",
    "LOCATION_CERTIFICATION", "LOCATION_CONFIG_ADMIN", "READ_LOCATION_REFERENCE_DATA", "VIEW_PRISONER_LOCATIONS", "ESTABLISHMENT_ROLL",
    "QUEUE_ADMIN",
)  # fmt: skip
_SCOPES = ("read", "write")

_LOG = LOCAL / "service.log"
_TOKEN_FILE = LOCAL / "token"
_DEMO_SCRIPT = ROOT / "scripts" / "load-demo-data"
# Kept with the database itself, so that it goes when the database goes.
_DEMO_LOADED = "demonstration data loaded"


def build():
    need_program("cargo", "see https://rustup.rs")
    need_program("cc", "Debian, Ubuntu: install build-essential")
    if subprocess.run(["cargo", "build", "--release", "--bin", NAME], cwd=ROOT, stdout=sys.stderr).returncode != 0:
        raise SetupError("the build failed")


def make_database(cluster, port):
    """Makes the database unless it is there. Answers whether the demonstration data are still to be loaded."""
    database = settings.DATABASE_NAME
    known = f"select coalesce(shobj_description(oid, 'pg_database'), '-') from pg_database where datname = '{database}'"
    mark_found = postgres.execute(cluster, port, known)
    if not mark_found:
        postgres.execute(cluster, port, f"create database {database}")
    return mark_found != _DEMO_LOADED


def run(environment, cluster, postgres_port, demo_wanted):
    """Migrates, serves until told to stop, and loads the demonstration data on the way. Answers the exit code."""
    if runs(remembered("service")):
        return _already_there(environment)
    if subprocess.run([str(BINARY), "migrate"], env=environment, cwd=ROOT, stdout=sys.stderr).returncode != 0:
        raise SetupError("the migrations failed")
    port = _port(environment)
    environment["SERVER_PORT"] = str(port)
    if not environment.get("MANAGEMENT_PORT"):
        environment["MANAGEMENT_PORT"] = str(choose_port(USUAL_MANAGEMENT_PORT, USUAL_MANAGEMENT_PORT + 1))
    with open(_LOG, "w") as log:
        server = subprocess.Popen([str(BINARY), "serve"], env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    remember("service", {"port": port, "management_port": environment["MANAGEMENT_PORT"], **mark(server.pid)})
    # One signal for the service, whether it came from the terminal or from `kill`.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: server.terminate())
    try:
        _wait_until_ready(server, port)
        token = _token(environment)
        if demo_wanted:
            _load_demo_data(environment, port, token)
            postgres.execute(cluster, postgres_port, f"comment on database {settings.DATABASE_NAME} is '{_DEMO_LOADED}'")
        _say_how_to_call(port, token)
        code = server.wait()
    finally:
        if server.poll() is None:
            stop_process(remembered("service"))
            server.wait()
        remember("service", None)
    if code not in (0, -signal.SIGTERM):
        raise SetupError(f"the service ended with {code}. The end of its log:\n{_log_tail()}")
    say("the service has stopped; `make stop` stops its servers too")
    return 0


def stop():
    if runs(remembered("service")):
        say("stopping the service")
        stop_process(remembered("service"), patience=30)
    if remembered("service"):
        remember("service", None)


def _already_there(environment):
    port = remembered("service")["port"]
    say(f"the service runs already at port {port}; `make stop` stops it, for instance to start a newer build")
    _say_how_to_call(port, _token(environment))
    return 0


def _port(environment):
    wanted = environment.get("SERVER_PORT")
    if not wanted:
        port = choose_port(USUAL_PORT, USUAL_PORT + 1)
        if port != USUAL_PORT:
            say(f"port {USUAL_PORT} is taken: using {port}")
        return port
    if not wanted.isdigit():
        raise SetupError(f"SERVER_PORT={wanted} is no port")
    if not is_free(int(wanted)):
        raise SetupError(f"SERVER_PORT={wanted} is taken by another program")
    return int(wanted)


def _wait_until_ready(server, port):
    def is_ready():
        return listens(server.pid, port) and _get(port, "/health/readiness") is not None

    ready = wait_until(lambda: server.poll() is not None or is_ready(), 60)
    if server.poll() is not None or not ready:
        raise SetupError(f"the service did not become ready. The end of its log (.local/service.log):\n{_log_tail()}")


def _token(environment):
    """A ready bearer token, also kept for the examples; an empty text where the developer has switched development mode off."""
    if environment.get("DEVELOPMENT_MODE", "").lower() != "true":
        return ""
    command = [str(BINARY), "token", "--roles", ",".join(_ROLES), "--scopes", ",".join(_SCOPES), "--user", _USER]
    made = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"no token could be made: {made.stderr.strip()}")
    token = made.stdout.strip()
    _TOKEN_FILE.touch(mode=0o600)
    _TOKEN_FILE.write_text(token + "\n")
    return token


def _load_demo_data(environment, port, token):
    say("loading demonstration data (once)")
    command = [str(_DEMO_SCRIPT), str(BINARY), f"http://localhost:{port}"]
    if subprocess.run(command, env={**environment, "LOCATIONS_TOKEN": token}, cwd=ROOT, stdout=sys.stderr).returncode != 0:
        raise SetupError("the demonstration data could not be loaded")


def _say_how_to_call(port, token):
    base = f"http://localhost:{port}"
    location = _some_location(port, token)
    print(f"\nSwagger UI  {base}/swagger-ui/index.html")
    print(f"Metrics     http://localhost:{remembered('service').get('management_port')}/metrics")
    print("Log         .local/service.log")
    if not token:
        print("\nDevelopment mode is off: bring a token of your own.\n", flush=True)
        return
    print(f"\nA bearer token of {_USER} with all roles, for development only (also in .local/token):\n\n{token}\n\nTry it:\n")
    upsert = {"prisonId": location["prisonId"], "code": "LOCAL", "locationType": "AREA", "localName": "Made by curl", "lastUpdatedBy": _USER}
    curl = 'curl -H "Authorization: Bearer $(cat .local/token)"'
    print(f"{curl} {base}/locations/key/{location['key']}")
    print(f"{curl} '{base}/locations?size=5'")
    print(f"{curl} -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(upsert))} {base}/sync/upsert")
    print("\nCtrl-C or `make stop` ends it.\n", flush=True)


def _some_location(port, token):
    """A cell of the database, for an example that works; a made-up one where there is none."""
    page = _get(port, "/locations?size=200", token) if token else None
    locations = (page or {}).get("content") or [{"prisonId": "LEI", "key": "LEI-A-1-001"}]
    cells = [location for location in locations if location.get("locationType") == "CELL"]
    return (cells or locations)[0]


def _get(port, path, token=None):
    """The JSON that the service answers, or None where it does not answer with 200."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def _log_tail():
    return "\n".join(_LOG.read_text(errors="replace").splitlines()[-20:])
