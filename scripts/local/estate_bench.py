"""`make bench-estate`: migration, reconciliation and sync of the estate, measured (docs/estate.md). It begins anew on empty databases.

BENCH_ESTATE_PRISONS (130) prisons of BENCH_ESTATE_SIZE (1150) locations, and a tenth of the prisons before them, for comparison;
BENCH_ESTATE_CHANGES (100) changes a second for BENCH_ESTATE_SECONDS (30).
"""

import http.client
import json
import os
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import estate as estates
from checkout import LOCAL, SetupError, remembered

_LOOK = 0.01  # seconds between two looks for a change on the other side
_ALONE = 100  # changes one after the other, in each direction
_ARRIVES = 30  # seconds until a change is to be there
_WORKERS = 12  # who make changes at the same time
_DRAINED = 600  # seconds until all is quiet after the load
_SCREEN = "OIMILOCA"
_FILE = LOCAL / "estate" / "bench.md"


def _number(name, usual):
    return int(os.environ.get(name) or usual)


def play(cluster, postgres_port, queues_port):
    """Measures all of it, and leaves the estate running."""
    prisons, size = _number("BENCH_ESTATE_PRISONS", 130), _number("BENCH_ESTATE_SIZE", 1150)
    os.environ.setdefault("ESTATE_BAD_DATA", "0")  # nothing that can never be equal
    report = Report()
    for some in (max(1, prisons // 10), prisons):
        os.environ |= {"ESTATE_PRISONS": str(some), "ESTATE_SIZE": str(size)}
        estate = estates.start(cluster, postgres_port, queues_port, anew=True)
        estates.configure(estate, cluster, postgres_port)
        _migration(estate, report)
    _reconciliation(estate, report)
    estate.sync(10)
    estate.settled(_DRAINED)
    cells = _cells(estate)
    _alone(estate, report, cells)
    _together(estate, report, cells)
    seconds, whole = _run(estate, "--prison", cells[0].prison)
    report.row("the sides are equal afterwards (digest of the prison)", f"{'yes' if whole else 'NO'} ({seconds:.1f} s)", "yes")
    report.write()


class Report:
    """Rows of what was measured beside what was wanted."""

    def __init__(self):
        self._rows = ["| | measured | target |", "|---|--:|--:|"]

    def row(self, what, measured, target="-"):
        print(f"   {what}: {measured} (target {target})", flush=True)
        self._rows.append(f"| {what} | {measured} | {target} |")

    def write(self):
        _FILE.write_text("\n".join(self._rows) + "\n")
        print(f"\n{_FILE.read_text()}\nwritten to {_FILE}", flush=True)


def _memory(name):
    """The most memory that a process has had, in MB."""
    pid = remembered("estate-processes")[name]["pid"]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def _migration(estate, report):
    locations = estate.good("GET", "nomis", "/locations/ids?size=1")["totalElements"]
    started = time.monotonic()
    estate.command("migrate-locations")
    seconds = time.monotonic() - started
    what = f"migration of {locations:,} locations"
    report.row(what, f"{seconds:.0f} s ({locations / seconds:,.0f} a second)", "150,000 in 900 s")
    memory = ", ".join(f"{name} {_memory(name):.0f} MB" for name in ("from-nomis", "nomis", estates.SERVICE))
    report.row(f"most memory during it ({what.partition(' of ')[2]})", memory, "independent of size")


def _run(estate, *arguments):
    """Seconds that a reconciliation takes, and whether it found nothing."""
    started = time.monotonic()
    found_nothing = estate.command("reconcile", *arguments, check=False)
    return time.monotonic() - started, found_nothing


def _reconciliation(estate, report):
    locations = estate.good("GET", "nomis", "/locations/ids?size=1")["totalElements"]
    seconds, equal = _run(estate, "--full")
    report.row(f"full comparison of {locations:,} locations", f"{seconds:.0f} s, {'nothing' if equal else 'something'} found", "600 s")
    seconds, equal = _run(estate)
    report.row("the same by digest, unchanged", f"{seconds:.1f} s, {'nothing' if equal else 'something'} found", "10 s")


class _Cell:
    def __init__(self, dps, nomis_id):
        self.prison, self.dps_id, self.nomis_id = dps["prisonId"], dps["id"], nomis_id


def _cells(estate):
    """Some active cells of the first prison, half of which change in DPS and half in NOMIS."""
    prison = estate.prisons()[0]
    found = estate.good("GET", estates.SERVICE, f"/locations/prison/{prison}/location-type/CELL")
    cells = []
    for dps in sorted(found, key=lambda cell: cell["key"])[:200]:
        nomis = estate.good("GET", "nomis", f"/locations/key/{dps['key']}")
        cells.append(_Cell(dps, nomis["locationId"]))
    if len(cells) < 20:
        raise SetupError(f"{prison} has too few cells to change")
    return cells


class _Caller:
    """Calls of the operator over one connection to each process."""

    def __init__(self, estate):
        self._estate, self._connections = estate, {}
        self._headers = {"Authorization": f"Bearer {estate.token()}", "Content-Type": "application/json"}

    def call(self, method, name, path, body=None):
        if name not in self._connections:
            self._connections[name] = http.client.HTTPConnection(urlsplit(self._estate.url(name)).netloc, timeout=60)
        connection = self._connections[name]
        connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 503 and answer.getheader("Retry-After"):
            time.sleep(float(answer.getheader("Retry-After")))
            return self.call(method, name, path, body)
        if not 200 <= answer.status < 300:
            raise SetupError(f"{method} {path} of {name} answered {answer.status}: {text[:300]}")
        return json.loads(text) if text else None

    def change_dps(self, cell, text):
        self.call("PATCH", estates.SERVICE, f"/locations/residential/{cell.dps_id}", {"comments": text})

    def change_nomis(self, cell, text):
        self.call("PATCH", "nomis", f"/standin/screens/{_SCREEN}/locations/{cell.nomis_id}?user=BENCH", {"comment": text})

    def dps_says(self, cell):
        return self.call("GET", estates.SERVICE, f"/sync/id/{cell.dps_id}").get("comments")

    def nomis_says(self, cell):
        return self.call("GET", "nomis", f"/locations/{cell.nomis_id}").get("comment")


def _alone(estate, report, cells):
    """Changes one after the other while nothing else happens: how long each takes to the other side."""
    caller = _Caller(estate)
    for direction, change, other in (
        ("DPS to NOMIS", caller.change_dps, caller.nomis_says),
        ("NOMIS to DPS", caller.change_nomis, caller.dps_says),
    ):
        times = []
        for number in range(_ALONE):
            cell, text = cells[number % len(cells)], f"{direction} {number}"
            change(cell, text)
            started = time.monotonic()
            while other(cell) != text:
                if time.monotonic() - started > _ARRIVES:
                    raise SetupError(f"a change has not arrived within {_ARRIVES} s: {direction}")
                time.sleep(_LOOK)
            times.append(time.monotonic() - started)
        ways = statistics.quantiles(times, n=100)
        measured = f"{ways[49] * 1000:.0f} / {ways[94] * 1000:.0f} / {max(times) * 1000:.0f} ms"
        report.row(f"a change from {direction}, quiet, p50 / p95 / most ({_ALONE} changes)", measured, "2,000 ms at p95")


def _together(estate, report, cells):
    """Changes on both sides at this rate: whether what is under way grows, and how long it takes until all has arrived."""
    rate, seconds = _number("BENCH_ESTATE_CHANGES", 100), _number("BENCH_ESTATE_SECONDS", 30)
    begun, made, failed = time.monotonic(), [], []
    total = rate * seconds

    def work(worker):
        caller = _Caller(estate)
        try:
            for number in range(worker, total, _WORKERS):
                wait = begun + number / rate - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                # Even cells change in DPS, odd ones in NOMIS: the same cell on both sides at once is another story.
                cell = cells[number % (len(cells) // 2 * 2)]
                (caller.change_dps if number % 2 == 0 else caller.change_nomis)(cell, f"load {number}")
                made.append(time.monotonic())
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(_WORKERS)]
    for worker in workers:
        worker.start()
    depths = []
    while any(worker.is_alive() for worker in workers):
        time.sleep(1)
        depths.append(_under_way(estate))
    for worker in workers:
        worker.join()
    if failed:
        raise SetupError(f"{len(failed)} workers failed: {failed[0]}")
    lasted = max(made) - begun
    drained = estate.settled(_DRAINED)
    report.row(f"changes made, half on each side (wanted: {rate} a second for {seconds} s)", f"{total / lasted:.0f} a second", rate)
    third = max(1, len(depths) // 3)
    parts = [statistics.mean(depths[start : start + third]) for start in (0, third, 2 * third) if depths[start : start + third]]
    report.row("messages and events under way, mean of each third", " / ".join(f"{part:.0f}" for part in parts), "not growing")
    report.row("until all had arrived after the last change", f"{drained:.1f} s")


def _under_way(estate):
    """What the roles say: outbox of NOMIS, both queues, messages at work."""
    counts = [estate.call("GET", role, "/standin/quiet") for role in ("nomis", "to-nomis", "from-nomis")]
    return sum(sum(answer.values()) for status, answer in counts if status != 200)

