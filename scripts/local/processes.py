"""Processes that we started, told apart from others that got the same id later, and free ports."""

import os
import signal
import socket
import time


def identity(pid):
    """The start time of a running process in clock ticks since boot: with the id it names one process for good.

    None if there is no such process, or only its remains (a zombie that nobody collects, as in containers).
    """
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def mark(pid):
    """What to remember of a process."""
    return {"pid": pid, "started": identity(pid)}


def runs(facts):
    """Whether the process that `mark` described still runs."""
    return bool(facts.get("pid")) and facts.get("started") is not None and identity(facts["pid"]) == facts["started"]


def with_command(beginning):
    """Ids of the processes whose command line begins with these words."""
    wanted = "\0".join(beginning).encode() + b"\0"
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as command:
                if command.read(len(wanted)) == wanted:
                    found.append(int(entry))
        except OSError:
            continue  # gone in between
    return found


def stop(facts, patience=10.0):
    """Ends the process that `mark` described: politely, and after `patience` seconds by force."""
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        if not runs(facts):
            return
        os.kill(facts["pid"], sign)
        wait_until(lambda: not runs(facts), seconds)


def wait_until(condition, seconds):
    """Polls until the condition holds. False if it did not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def listens(pid, port):
    """Whether this very process listens at the port. That something answers there is not enough: two checkouts that start at the
    same moment may choose the same port, and only one of them gets it."""
    sockets = set()
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/net/{table}") as lines:
                rows = [line.split() for line in lines][1:]
        except FileNotFoundError:
            continue
        # Columns: 1 local address, 3 state (0A: listening), 9 inode.
        sockets.update(f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port)
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
        return any(os.readlink(f"/proc/{pid}/fd/{descriptor}") in sockets for descriptor in descriptors)
    except OSError:
        return False


def _answers(port, host):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def is_free(port):
    """Whether a server could listen at this port, and `localhost` would reach it rather than someone else's."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return not _answers(port, "::1")


def choose_port(*wishes):
    """The first wish that is free, or else any free port. A wish may be None."""
    for wish in wishes:
        if wish and is_free(wish):
            return wish
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]
