"""What `scripts/image/try` does, after the servers that it needs have been started."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / ".local" / "image"
PATIENCE = 60
MEGABYTE = 1024 * 1024
LIMIT = 60 * MEGABYTE

# In a mount namespace of its own: the image's root becomes read-only, and the program runs in it as the chart wants it.
ENTER = """
set -eu
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -o remount,bind,ro "$1"
cd "$1"
shift
exec env -i "$@"
"""
# What chroot needs until it has changed root and user; then nothing is left.
FOR_CHROOT = "--bounding-set=-all,+sys_chroot,+setuid,+setgid"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


PORT = free_port()


def fail(text):
    sys.exit(f"[image] FAILED: {text}")


def make_image(program):
    shutil.rmtree(IMAGE, ignore_errors=True)
    subprocess.run([ROOT / "scripts" / "image" / "root", program, IMAGE], check=True)
    inside = IMAGE / "app" / program.name
    subprocess.run(["strip", inside], check=True)
    shutil.copy(ROOT / ".local" / "development-key.pem", IMAGE / "app" / "development-key.pem")
    os.chown(IMAGE / "app" / "development-key.pem", 2000, 2000)
    return f"/app/{program.name}"


def size():
    return sum(file.stat().st_size for file in IMAGE.rglob("*") if file.is_file() and not file.is_symlink())


def enter(program, settings, *arguments):
    given = [f"{name}={value}" for name, value in settings.items()]
    inside = [shutil.which("chroot"), "--userspec=2000:2000", "--groups=", ".", program, *arguments]
    bounded = [shutil.which("setpriv"), "--no-new-privs", FOR_CHROOT, *inside]
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "enter", str(IMAGE), *given, *bounded]


def service_pid(wrapper):
    """The service below unshare: the one whose root is the image's."""
    children = Path(f"/proc/{wrapper.pid}/task/{wrapper.pid}/children").read_text().split()
    return int(children[0]) if children else None


def ask(path, token=None, connection=None):
    connection = connection or http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def wait_until_ready(wrapper):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if wrapper.poll() is not None:
            fail(f"it ended with {wrapper.returncode} before it was ready")
        try:
            if ask("/health/readiness")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    fail("it does not get ready")


def check_conditions(pid):
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    if set(status["Uid"].split()) | set(status["Gid"].split()) != {"2000"}:
        fail(f"it does not run as 2000: {status['Uid']}, {status['Gid']}")
    if int(status["CapEff"], 16) or int(status["CapPrm"], 16):
        fail(f"it has capabilities: {status['CapEff']}")
    if status["NoNewPrivs"].strip() != "1":
        fail("it could get new privileges")
    try:
        Path(f"/proc/{pid}/root/app/written").write_text("")
    except OSError as error:
        print(f"[image] user 2000, no capabilities, nothing can be written ({error.strerror})")
    else:
        fail("its root can be written")


class Load:
    """Four callers that send while the service says that it is ready, as a cluster would let them."""

    def __init__(self, token):
        self.token, self.ready, self.answered, self.failures = token, True, 0, []
        self.threads = [threading.Thread(target=self.call) for _ in range(4)] + [threading.Thread(target=self.probe)]
        for thread in self.threads:
            thread.start()

    def call(self):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        while self.ready:
            try:
                status, body = ask("/locations?size=10", self.token, connection)
                if status != 200:
                    self.failures.append(f"{status} {body[:200]}")
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                return

    def probe(self):
        while self.ready:
            try:
                self.ready = ask("/health/readiness")[0] == 200
            except OSError:
                self.ready = False
            time.sleep(0.02)

    def wait_for(self, more):
        goal, end = self.answered + more, time.monotonic() + PATIENCE
        while self.answered < goal and not self.failures:
            if time.monotonic() > end:
                fail("the load stands still")
            time.sleep(0.01)

    def finish(self):
        for thread in self.threads:
            thread.join()
        if self.failures:
            fail(f"{len(self.failures)} of {self.answered} requests failed: {self.failures[:3]}")
        return self.answered


def once(program, settings):
    began = time.monotonic()
    wrapper = subprocess.Popen(enter(program, settings, "serve"), stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(wrapper)
        print(f"[image] ready after {time.monotonic() - began:.2f} s")
        check_conditions(service_pid(wrapper))
        if subprocess.run(enter(program, {"SERVER_PORT": PORT}, "healthcheck")).returncode != 0:
            fail("healthcheck finds it ill")
        token = subprocess.run(
            enter(program, settings, "token", "--roles", "VIEW_LOCATIONS"), check=True, capture_output=True, text=True
        ).stdout.strip()
        load = Load(token)
        load.wait_for(100)
        os.kill(service_pid(wrapper), signal.SIGTERM)
        code = wrapper.wait(PATIENCE)
        if code != 0:
            fail(f"it ended with {code}")
        print(f"[image] told to go under load: {load.finish()} requests answered, 0 failed")
    finally:
        wrapper.kill()
        wrapper.wait()


def main():
    program = Path(sys.argv[1])
    inside = make_image(program)
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        print("[image] NOT EXECUTED: this machine or user may not make a root of its own (unshare, chroot)")
        return
    total = size()
    print(f"[image] {total / MEGABYTE:.1f} MB")
    if "release" in program.parts and total > LIMIT:
        fail("it is larger than 60 MB")
    database, nowhere = f"image_try_{os.getpid()}", "http://127.0.0.1:9"
    psql = [f"{os.environ['POSTGRES_BIN']}/psql", "-Xqc"]
    subprocess.run([*psql, f"create database {database}", os.environ["TEST_DATABASE_URL"]], check=True)
    settings = {
        "SERVER_PORT": PORT,
        "MANAGEMENT_PORT": 0,
        "SHUTDOWN_DELAY": "1s",
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"].rsplit("/", 1)[0] + "/" + database,
        "API_BASE_URL_OAUTH": f"{nowhere}/auth",
        "API_BASE_URL_PRISONER_SEARCH": nowhere,
        "API_BASE_URL_PRISON_REGISTER": nowhere,
        "API_BASE_URL_PRISON_API": nowhere,
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID": "try",
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET": "try",
        "DEVELOPMENT_MODE": "true",
        "DEVELOPMENT_KEY_FILE": "/app/development-key.pem",
    }
    try:
        for _ in range(2):
            once(inside, settings)
    finally:
        subprocess.run([*psql, f"drop database {database} with (force)", os.environ["TEST_DATABASE_URL"]], check=True)
    print("[image] it serves, drains and starts again in the conditions of its container")


main()
