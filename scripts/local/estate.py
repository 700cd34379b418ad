"""`make estate`: our service and the stand-in of the systems around it, each a process of its own, under a supervisor (docs/estate.md)."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import devkey
import estate_queues
import postgres
import queues
import service
import settings
from checkout import LOCAL, ROOT, SetupError, need_program, remember, remembered, say
from processes import choose_port, mark, runs, stop as stop_process, wait_until

HOME = LOCAL / "estate"
PLAN = HOME / "processes.json"  # what the supervisor runs
LOCATIONS_DATABASE = "estate_locations"
STANDIN_DATABASE = "estate_standin"
SERVICE = "locations"
ROLES = ("auth", "nomis", "mapping", "to-nomis", "from-nomis")
_SECRET = HOME / "secret"
_USUAL_PORTS = {SERVICE: 8081, "auth": 8091, "nomis": 8092, "mapping": 8093, "to-nomis": 8094, "from-nomis": 8095}
# The client that each role is for the sign-on service.
_CLIENTS = {"to-nomis": "prisoner-to-nomis-update", "from-nomis": "prisoner-from-nomis-migration"}
_PATIENCE = 60  # seconds until all answer
_BUSY = 6  # how often a service that is busy is asked


class Estate:
    """Where everything is, and calls of it by the operator."""

    def __init__(self, ports, environment):
        self.ports = ports
        self.environment = environment  # of the commands of `standin`
        self._token = None

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def call(self, method, name, path, body=None):
        """The status and the JSON that a process answers the operator; any status is good."""
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return _request(method, self.url(name) + path, headers, data)

    def good(self, method, name, path, body=None):
        """The same; a status that is no success ends it."""
        status, answer = self.call(method, name, path, body)
        if not 200 <= status < 300:
            raise SetupError(f"{method} {self.url(name)}{path} answered {status}: {answer}")
        return answer

    def token(self):
        """A token of the operator, who has every role."""
        if self._token is None:
            form = urllib.parse.urlencode(
                {"grant_type": "client_credentials", "client_id": "operator", "client_secret": self.environment["STANDIN_CLIENT_SECRET"]}
            )
            status, answer = _request("POST", f"{self.url('auth')}/auth/oauth/token", {}, form.encode())
            if status != 200:
                raise SetupError(f"no token: {status} {answer}")
            self._token = answer["access_token"]
        return self._token

    def command(self, *arguments, check=True):
        """Runs a command of `standin`, which tells its steps on standard output. Answers whether it went well."""
        sys.stdout.flush()
        # What went wrong is told in plain words too; its log line is for machines.
        environment = {"RUST_LOG": "off", **self.environment}
        done = subprocess.run([str(_binary("standin")), *arguments], env=environment, cwd=ROOT)
        if check and done.returncode != 0:
            raise SetupError(f"standin {' '.join(arguments)} failed")
        return done.returncode == 0

    def prisons(self):
        """The prisons of NOMIS that the sync takes care of: two capitals and an I (08 section 16, W12)."""
        agencies = [prison["prisonId"] for prison in self.good("GET", "nomis", "/prisons")]
        return [agency for agency in agencies if len(agency) == 3 and agency.endswith("I")]

    def settled(self, patience):
        """Waits until nothing is under way in any role, several looks in a row: a message may be between an outbox and a queue.
        Answers how many seconds it took; more than `patience` end it."""
        started, quiet = time.monotonic(), 0
        while quiet < 5:
            roles = [self.call("GET", role, "/standin/quiet")[0] for role in ("nomis", "to-nomis", "from-nomis")]
            quiet = quiet + 1 if roles == [200] * 3 else 0
            if time.monotonic() - started > patience:
                raise SetupError(f"something is still under way after {patience} s")
            time.sleep(0.1)
        return time.monotonic() - started

    def sync(self, messages):
        """Lets both syncs take this many messages at a time: none at all with 0."""
        for role in ("to-nomis", "from-nomis"):
            self.good("PUT", role, "/standin/consumers", {"messages": messages})


def build():
    need_program("cargo", "see https://rustup.rs")
    need_program("cc", "Debian, Ubuntu: install build-essential")
    profile = [] if _build_profile() == "debug" else ["--release"]
    command = ["cargo", "build", "--workspace", "--bins", *profile]
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode != 0:
        raise SetupError("the build failed")


def start(cluster, postgres_port, queues_port, anew=False):
    """Starts everything on a seeded NOMIS, with both syncs off; `anew`: on empty databases. Answers the estate."""
    known = remembered("estate")
    if runs(known):
        if not anew:
            say("the estate runs already; `make stop` stops it, for instance to start a newer build")
            return Estate(known["ports"], _standin_environment(known["ports"], postgres_port, queues_port))
        stop()
    HOME.mkdir(exist_ok=True)
    if anew:
        for database in (LOCATIONS_DATABASE, STANDIN_DATABASE):
            postgres.execute(cluster, postgres_port, f"drop database if exists {database} with (force)")
    for database in (LOCATIONS_DATABASE, STANDIN_DATABASE):
        if not postgres.execute(cluster, postgres_port, f"select 1 from pg_database where datname = '{database}'"):
            postgres.execute(cluster, postgres_port, f"create database {database}")
    estate_queues.make(queues_port, _profile(), anew)
    ports = {name: choose_port((known.get("ports") or {}).get(name), usual) for name, usual in _USUAL_PORTS.items()}
    estate = Estate(ports, _standin_environment(ports, postgres_port, queues_port))
    environment = _service_environment(estate, postgres_port, queues_port)
    if subprocess.run([str(_binary(service.NAME)), "migrate"], env=environment, cwd=ROOT, stdout=sys.stderr).returncode != 0:
        raise SetupError("the migrations of the service failed")
    _seed(estate)
    _launch(estate, environment)
    estate.sync(0)
    return estate


def configure(estate, cluster, postgres_port):
    """Gives each prison the row that its switches need: no endpoint makes it, for it comes with the data (07 section 5.4)."""
    for prison in estate.prisons():
        row = f"insert into prison_configuration (prison_id, when_updated, updated_by) values ('{prison}', now(), 'SEED') on conflict do nothing"
        postgres.execute(cluster, postgres_port, row, LOCATIONS_DATABASE)


def stop():
    """Ends the supervisor, and what it may have left behind."""
    known = remembered("estate")
    if runs(known):
        say("stopping the estate")
        stop_process(known, patience=40)
    for child in remembered("estate-processes").values():
        stop_process(child)
    if known:
        remember("estate", {"ports": known.get("ports")})
        remember("estate-processes", None)


def say_where(estate):
    """What an operator needs to know."""
    print("\nThe estate runs (logs in .local/estate/):\n")
    for name in (SERVICE, *ROLES):
        print(f"  {name:<11} {estate.url(name)}")
    print(f"\n  Swagger UI  {estate.url(SERVICE)}/swagger-ui/index.html")
    print(f"  databases   {estate.environment['STANDIN_DATABASE_URL']} (a schema for each role)")
    print(f"              {_locations_url(estate)} (the service)")
    print(f"  SNS and SQS {estate.environment['AWS_ENDPOINT_URL']}")
    print("  settings    . .local/estate/environment   (for the commands of standin, such as: reconcile, switch-over)")
    print("\nA token of the operator, who has every role:\n")
    print(
        f"  curl -s -u operator:$(cat .local/estate/secret) -d grant_type=client_credentials {estate.url('auth')}/auth/oauth/token\n"
        "\n`make estate-demo` plays the story of the decision record (it begins anew). `make stop` stops all.\n",
        flush=True,
    )


def _locations_url(estate):
    return estate.environment["STANDIN_DATABASE_URL"].rpartition("/")[0] + f"/{LOCATIONS_DATABASE}"


def _request(method, url, headers, data):
    """The status and the JSON of the answer. Who says when to come back (503 with Retry-After) is asked again then."""
    for _ in range(_BUSY):
        status, answer, come_back_after = _request_once(method, url, headers, data)
        if status != 503 or come_back_after is None:
            break
        time.sleep(float(come_back_after))
    return status, answer


def _request_once(method, url, headers, data):
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    # Not through a proxy of the environment: it would not know our 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as answer:
            status, text, come_back_after = answer.status, answer.read(), None
    except urllib.error.HTTPError as error:
        status, text, come_back_after = error.code, error.read(), error.headers.get("Retry-After")
    except OSError as error:
        raise SetupError(f"{method} {url}: {error}") from error
    try:
        return status, json.loads(text) if text else None, come_back_after
    except ValueError:
        return status, text.decode(errors="replace"), come_back_after


def _profile():
    return os.environ.get("ESTATE_PROFILE") or "fixed"


def _build_profile():
    return os.environ.get("ESTATE_BUILD") or "release"


def _binary(name):
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / _build_profile() / name


def _secret():
    """The secret of all clients of this estate, made once."""
    if not _SECRET.exists():
        _SECRET.touch(mode=0o600)
        _SECRET.write_text(secrets.token_urlsafe(24) + "\n")
    return _SECRET.read_text().strip()


def _standin_environment(ports, postgres_port, queues_port):
    """The settings of the roles and commands of `standin`; what the developer has set wins, but for what would miss this estate."""
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    names = estate_queues.names()
    ours = {
        "STANDIN_DATABASE_URL": postgres.url(postgres_port, STANDIN_DATABASE),
        "STANDIN_PROFILE": _profile(),
        "STANDIN_JWKS_URL": f"{at['auth']}/auth/.well-known/jwks.json",
        "STANDIN_AUTH_URL": f"{at['auth']}/auth",
        "STANDIN_CLIENT_ID": "operator",
        "STANDIN_CLIENT_SECRET": _secret(),
        "STANDIN_SIGNING_KEY_FILE": str(devkey.KEY_FILE),
        "STANDIN_LOCATIONS_URL": at[SERVICE],
        "STANDIN_NOMIS_URL": at["nomis"],
        "STANDIN_MAPPING_URL": at["mapping"],
        "STANDIN_TO_NOMIS_URL": at["to-nomis"],
        "STANDIN_FROM_NOMIS_URL": at["from-nomis"],
        "STANDIN_PRISON_EVENTS_TOPIC_ARN": estate_queues.arn("sns", names.prison_topic),
        "STANDIN_LOCATION_QUEUE": names.location_queue,
        "STANDIN_PRISON_EVENTS_QUEUE": names.prison_queue,
        "AWS_ENDPOINT_URL": queues.url(queues_port),
        "AWS_REGION": queues.REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    if _profile() == "fixed":
        # Ten deliveries with the nine steps, in both directions (08 section 15.8, X5).
        ours["STANDIN_PRISON_EVENTS_QUEUE_DELAYS"] = "1,1,1,1,5,5,10,60,600"
    return {**os.environ, **ours}


def _service_environment(estate, postgres_port, queues_port):
    # The service's own part of what `fixed` mends (08 section 15.8, the rest of W3).
    keeps = {"NOMIS_SYNC_KEEPS_DEACTIVATION_REASON": "true"} if _profile() == "fixed" else {}
    return {
        **keeps,
        **settings.for_service(postgres_port, queues_port),
        "DEVELOPMENT_MODE": "false",
        "DATABASE_URL": postgres.url(postgres_port, LOCATIONS_DATABASE),
        "SERVER_PORT": str(estate.ports[SERVICE]),
        "MANAGEMENT_PORT": str(choose_port(9091)),
        "API_BASE_URL_OAUTH": f"{estate.url('auth')}/auth",
        "API_BASE_URL_PRISONER_SEARCH": estate.url("nomis"),
        "API_BASE_URL_PRISON_REGISTER": estate.url("nomis"),
        "API_BASE_URL_PRISON_API": estate.url("nomis"),
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID": "locations-inside-prison-api",
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET": _secret(),
        "HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN": estate_queues.arn("sns", estate_queues.names().domain_topic),
    }


def _seed(estate):
    wanted = {"--prisons": "ESTATE_PRISONS", "--size": "ESTATE_SIZE", "--bad-data": "ESTATE_BAD_DATA", "--random-seed": "ESTATE_SEED"}
    given = [part for option, name in wanted.items() if os.environ.get(name) for part in (option, os.environ[name])]
    say("seeding NOMIS, unless it is")
    estate.command("seed", "--if-empty", *given)


def _launch(estate, service_environment):
    """Starts the supervisor with its plan, and waits until all processes answer."""
    plan = [_process(SERVICE, [str(_binary(service.NAME)), "serve"], service_environment)]
    for role in ROLES:
        environment = {**estate.environment, "STANDIN_LISTEN": f"127.0.0.1:{estate.ports[role]}"}
        environment["STANDIN_CLIENT_ID"] = _CLIENTS.get(role, "-")
        plan.append(_process(role, [str(_binary("standin")), role], environment))
    _write_private(PLAN, json.dumps(plan, indent=1))
    shown = [f"export {name}='{value}'" for name, value in estate.environment.items() if name.startswith(("STANDIN_", "AWS_"))]
    _write_private(HOME / "environment", "\n".join(shown) + "\n")
    with open(HOME / "supervisor.log", "w") as log:
        supervisor = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("supervisor.py"))],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    remember("estate", {"ports": estate.ports, **mark(supervisor.pid)})

    def all_answer():
        try:
            health = [(SERVICE, "/health/readiness"), *((role, "/health/ping") for role in ROLES)]
            return all(_request("GET", estate.url(name) + path, {}, None)[0] == 200 for name, path in health)
        except SetupError:
            return False

    if not wait_until(lambda: supervisor.poll() is not None or all_answer(), _PATIENCE) or supervisor.poll() is not None:
        stop()
        raise SetupError("not everything has come up; see .local/estate/*.log")


def _process(name, command, environment):
    return {"name": name, "command": command, "environment": environment, "log": str(HOME / f"{name}.log")}


def _write_private(file, text):
    """It holds the secret."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)
