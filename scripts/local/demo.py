"""`make estate-demo`: the story of the decision record, in order, each step with its proof. Any proof that fails ends it."""

import time

import postgres
from checkout import SetupError
from estate import SERVICE, STANDIN_DATABASE, configure

_PATIENCE = 60  # seconds until a change is to be on the other side
# Seconds until all is quiet: longer than the 120 for which the broker hides a message whose acknowledgement it has lost.
_UNTIL_QUIET = 200
_LOOK = 0.1
_SCREEN = "OIMMHOLO"


class Story:
    """What is told: numbered steps, what was done, what proves it."""

    def __init__(self):
        self._step = 0

    def step(self, text):
        self._step += 1
        print(f"\n{self._step}. {text}\n", flush=True)

    def tell(self, text):
        print(f"   {text}", flush=True)

    def prove(self, what, holds):
        if not holds:
            raise SetupError(f"not so: {what}")
        print(f"   proof: {what}", flush=True)


def play(estate, cluster, postgres_port):
    """Plays it on an estate that has just been seeded, with both syncs off."""
    story = Story()
    prisons = _migrate(estate, story)
    configure(estate, cluster, postgres_port)
    _both_on(estate, story)
    _change_in_dps(estate, story, prisons[0])
    _change_in_nomis(estate, story, prisons[0])
    _no_echo(estate, story)
    _switch_one(estate, story, prisons)
    _roll_back(estate, story, prisons[0])
    _switch_all(estate, story, prisons)
    _one_way(estate, story, prisons, lambda sql: postgres.execute(cluster, postgres_port, sql, STANDIN_DATABASE))
    print("\nThe story is told. The estate goes on running; `make stop` stops it.\n", flush=True)


def _migrate(estate, story):
    story.step("Migrate everything, whichever screens a prison uses")
    in_nomis = _total(estate, "nomis", "/locations/ids?size=1")
    story.tell(f"NOMIS has {in_nomis} locations, DPS has {_total(estate, SERVICE, '/locations?size=1')}")
    estate.command("migrate-locations")
    in_dps = _total(estate, SERVICE, "/locations?size=1")
    # One location each in TRN, UNKNWN and ZZGHI stays where it is (08 section 9.4).
    story.prove(f"DPS has {in_dps} now, all but the three in ignored agencies", in_dps == in_nomis - 3)
    story.tell("once more: a migration can be repeated")
    estate.command("migrate-locations")
    story.prove("nothing was added", _total(estate, SERVICE, "/locations?size=1") == in_dps)
    return estate.prisons()


def _both_on(estate, story):
    story.step("Both syncs on; reconcile")
    estate.sync(10)
    _reconcile(estate, story, "--full")


def _change_in_dps(estate, story, prison):
    story.step(f"Change things in DPS ({prison}), see them arrive in NOMIS")
    cell = _cell(estate, prison, number=1)
    estate.good("PUT", SERVICE, f"/locations/{cell['id']}/capacity", {"maxCapacity": 3, "workingCapacity": 2, "certifiedNormalAccommodation": 2})
    _arrives(story, f"{cell['key']}: capacity 3 and 2", lambda: _nomis(estate, cell["key"]), {"capacity": 3, "operationalCapacity": 2})
    body = {"deactivationReason": "DAMAGED", "deactivationReasonDescription": "Window broken", "requiresApproval": False}
    estate.good("PUT", SERVICE, f"/locations/{cell['id']}/deactivate/temporary", body)
    _arrives(story, f"{cell['key']}: inactive, reason J (damaged)", lambda: _nomis(estate, cell["key"]), {"active": False, "reasonCode": "J"})
    new = {"localName": "Yoga room", "servicesUsingLocation": ["APPOINTMENT"], "active": True}
    made = estate.good("POST", SERVICE, f"/locations/non-residential/{prison}", new)
    key = estate.good("GET", SERVICE, f"/locations/{made['id']}")["key"]
    _arrives(story, f"{key}: a new room with its usage", lambda: _nomis(estate, key), {"userDescription": "Yoga room"})


def _change_in_nomis(estate, story, prison):
    story.step(f"Change things on the screens of NOMIS ({prison}), see them arrive in DPS")
    cell = _cell(estate, prison, number=2)
    number = _nomis(estate, cell["key"])["locationId"]
    path = f"/standin/screens/{_SCREEN}/locations"
    estate.good("PATCH", "nomis", f"{path}/{number}?user=GBA12C", {"comment": "Painted", "operationalCapacity": 0})
    _arrives(story, f"{cell['key']}: comment and capacity", lambda: _dps(estate, cell["key"]), {"comments": "Painted"})
    wing = {"prisonId": prison, "locationCode": "NEW", "locationType": "WING", "unitType": "NA"}
    wing_id = estate.good("POST", "nomis", f"{path}?user=GBA12C", wing)["locationId"]
    below = {"prisonId": prison, "locationCode": "001", "locationType": "CELL", "unitType": "NA", "parentLocationId": wing_id, "capacity": 1}
    estate.good("POST", "nomis", f"{path}?user=GBA12C", below)
    key = f"{prison}-NEW-001"
    _arrives(story, f"{key}: a new wing and a cell in it", lambda: _dps(estate, key), {"active": True})
    estate.good("POST", "nomis", "/standin/nomis/visit-rooms", {"prisonId": prison, "kind": "SOCIAL"})
    visits = f"{prison}-VISITS-VSIP_SOC"
    _arrives(story, f"{visits}: the visit room that NOMIS makes by itself", lambda: _dps(estate, visits), {"active": True})


def _no_echo(estate, story):
    story.step("No change comes back to where it was made")
    estate.settled(_UNTIL_QUIET)
    ignored = [estate.good("GET", "to-nomis", f"/standin/telemetry?name=location-{name}-ignored") for name in ("create", "amend")]
    skipped = estate.good("GET", "from-nomis", "/standin/telemetry?name=locations-synchronisation-skipped")
    story.prove(f"to-nomis ignored {sum(map(len, ignored))} events of changes that came from NOMIS", any(ignored))
    story.prove(f"from-nomis skipped {len(skipped)} events of changes that came from DPS", bool(skipped))
    _reconcile(estate, story)


def _switch_one(estate, story, prisons):
    first, other = prisons[0], prisons[1]
    story.step(f"Switch {first} over: screens first")
    estate.command("switch-over", "--prison", first, "--to", "dps")
    status, answer = _touch_on_screen(estate, first, 3)
    story.prove(f"the screen of {first} answers {status}: {answer['userMessage']}", status == 403)
    status, _ = _touch_on_screen(estate, other, 3)
    story.prove(f"the screen of {other} still works", status == 200)
    cell = _cell(estate, first, number=4)
    estate.good("PUT", SERVICE, f"/locations/{cell['id']}/capacity", {"maxCapacity": 2, "workingCapacity": 2})
    _arrives(story, f"{cell['key']}: changes in DPS still go to NOMIS", lambda: _nomis(estate, cell["key"]), {"capacity": 2})


def _roll_back(estate, story, prison):
    story.step(f"Roll {prison} back: the switch can be thrown at any time")
    estate.command("switch-over", "--prison", prison, "--to", "nomis")
    status, _ = _touch_on_screen(estate, prison, 5)
    story.prove("the screen works again, with a warning", status == 200)
    key = _cell(estate, prison, 5)["key"]
    _arrives(story, f"{key}: what it changed is in DPS", lambda: _dps(estate, key), {"comments": "Seen on the screen"})


def _switch_all(estate, story, prisons):
    story.step("Switch all prisons over")
    for prison in prisons:
        estate.command("switch-over", "--prison", prison, "--to", "dps")
    states = [estate.good("GET", "nomis", f"/standin/screens/{_SCREEN}/prisons/{prison}")["state"] for prison in prisons]
    story.prove(f"{_SCREEN} is blocked in {', '.join(prisons)}", states == ["blocked"] * len(prisons))


def _one_way(estate, story, prisons, nomis_sql):
    story.step("Go one way: DPS is master, NOMIS changes nothing in DPS any more")
    for prison in prisons:
        estate.command("switch-over", "--prison", prison, "--to", "one-way")
    for module in ("OIMMHOLO", "OIMILOCA", "OIMULOCA"):
        body = {"conditionType": "CASELOAD", "conditionValue": "**ALL**", "blockAccess": True}
        estate.good("POST", "nomis", f"/api/splash-screen/{module}/condition", body)
    story.tell("all screens are blocked for **ALL**")
    cell = _cell(estate, prisons[0], number=6)
    before = _dps(estate, cell["key"]).get("comments")
    number = _nomis(estate, cell["key"])["locationId"]
    nomis_sql(f"update nomis.agency_internal_locations set comment_text = 'By the back door' where internal_location_id = {number}")
    story.tell(f"{cell['key']}: somebody changes the comment in NOMIS with SQL")
    estate.settled(_UNTIL_QUIET)
    story.prove("DPS has not taken it", _dps(estate, cell["key"]).get("comments") == before)
    found = not estate.command("reconcile", check=False)
    story.prove("the reconciliation finds it", found)
    estate.command("reconcile", "--repair", check=False)
    _arrives(story, "the repair put it right from DPS", lambda: {"comment": _nomis(estate, cell["key"]).get("comment")}, {"comment": before})
    estate.settled(_UNTIL_QUIET)
    _reconcile(estate, story, "--full")


def _reconcile(estate, story, *arguments):
    story.prove("the reconciliation finds 0 differences", estate.command("reconcile", *arguments, check=False))


def _total(estate, name, path):
    return estate.good("GET", name, path)["totalElements"]


def _cell(estate, prison, number):
    """An active cell of wing A; another one for each number. Those whose description in NOMIS is at odds with their place are left out."""
    content = estate.good("GET", SERVICE, f"/locations/prison/{prison}/location-type/CELL")
    keys = sorted(cell["key"] for cell in content if f"{prison}-A-" in cell["key"] and _nomis(estate, cell["key"]))
    return next(cell for cell in content if cell["key"] == keys[number])


def _dps(estate, key):
    status, answer = estate.call("GET", SERVICE, f"/locations/key/{key}")
    return answer if status == 200 else {}


def _nomis(estate, key):
    status, answer = estate.call("GET", "nomis", f"/locations/key/{key}")
    return answer if status == 200 else {}


def _touch_on_screen(estate, prison, number):
    """Changes the comment of a cell on the screen; answers status and body."""
    location = _nomis(estate, _cell(estate, prison, number)["key"])["locationId"]
    path = f"/standin/screens/{_SCREEN}/locations/{location}?user=GBA12C"
    return estate.call("PATCH", "nomis", path, {"comment": "Seen on the screen"})


def _arrives(story, what, read, expected):
    """Waits until the other side says so, and tells how long it took."""
    started = time.monotonic()
    while True:
        found = read()
        if found and all(found.get(name) == value for name, value in expected.items()):
            story.prove(f"{what} ({time.monotonic() - started:.1f} s)", True)
            return
        if time.monotonic() - started > _PATIENCE:
            raise SetupError(f"not within {_PATIENCE} s: {what}; found {found}")
        time.sleep(_LOOK)

