"""A run of security updates: when it may begin, its order, its limits, and what it leaves."""

import pytest

from netrelay.provisioning.system.update_settings import UpdateSettings
from netrelay.provisioning.updates.internet_way import InternetWay
from netrelay.provisioning.updates.replaced_files import Users
from netrelay.provisioning.updates.update_record import UpdateRecord
from netrelay.provisioning.updates.update_run import (
    Conditions,
    Machine,
    UpdateError,
    UpdateRun,
    why_not,
)

NOW_S = 1_800_000_000.0
GOOD = Conditions(NOW_S, "2027-01", True, True, InternetWay("eth0", is_modem=False), 1 << 30)
URIS = (
    "'http://deb/libssl3_3.5.1_arm64.deb' libssl3_3.5.1-1_arm64.deb 2000000 \n"
    "'http://deb/passwd_4.17_arm64.deb' passwd_1%3a4.17-2_arm64.deb 1000000 SHA256:12\n"
)
FETCHED = "Fetched 354 kB in 0s (4690 kB/s)\n"


class Fake:
    """A machine that answers by the last words of a command, and notes what it was asked."""

    def __init__(self, uris: str = URIS, audit: str = "", fails: str = "") -> None:
        self.uris, self.audit, self.fails = uris, audit, fails
        self.calls: list[str] = []
        self.stored: list[UpdateRecord] = []
        self.users = [Users((), (), False)]

    def run(self, limit_s: float, command: tuple[str, ...]) -> str:
        assert limit_s > 0
        words = " ".join(command).replace("/usr/lib/netrelay-card/", "")
        self.calls.append(words.replace("apt-get --quiet --yes ", ""))
        if self.fails and self.fails in words:
            raise UpdateError(f"{self.fails} failed")
        if words.endswith("--audit"):
            return self.audit
        if "--print-uris" in words:
            return self.uris
        return FETCHED if "apt-get" in words else ""

    def machine(self) -> Machine:
        def users() -> Users:
            return self.users.pop(0) if len(self.users) > 1 else self.users[0]

        return Machine(self.run, users, self.stored.append)

    def updated(
        self,
        settings: UpdateSettings = UpdateSettings(),  # noqa: B008 -- a tuple
        conditions: Conditions = GOOD,
        record: UpdateRecord = UpdateRecord(),  # noqa: B008 -- a tuple
    ) -> UpdateRecord:
        UpdateRun(settings, conditions, record, self.machine()).run()
        return self.stored[-1]


@pytest.mark.parametrize(
    ("settings", "conditions", "record", "why"),
    [
        (UpdateSettings(), GOOD, UpdateRecord(), ""),
        (UpdateSettings(security=False), GOOD, UpdateRecord(), "they are off"),
        (UpdateSettings(), GOOD._replace(way=None), UpdateRecord(), "no way to the Internet"),
        (
            UpdateSettings(),
            GOOD._replace(way=InternetWay("wwan0", True)),
            UpdateRecord(),
            "is a modem",
        ),
        (UpdateSettings(True), GOOD._replace(way=InternetWay("wwan0", True)), UpdateRecord(), ""),
        (UpdateSettings(), GOOD._replace(is_clock_set=False), UpdateRecord(), "not set yet"),
        (UpdateSettings(), GOOD._replace(is_window_open=False), UpdateRecord(), "outside of its"),
        (UpdateSettings(), GOOD, UpdateRecord(tried_s=int(NOW_S) - 80_000), "it ran today"),
        (UpdateSettings(), GOOD, UpdateRecord(tried_s=int(NOW_S) + 999_999), ""),
        (
            UpdateSettings(),
            GOOD,
            UpdateRecord(month="2027-01", fetched_bytes=199_000_000),
            "of this month are used up",
        ),
        (UpdateSettings(), GOOD, UpdateRecord(month="2026-12", fetched_bytes=199_000_000), ""),
    ],
)
def test_a_run_begins_only_when_it_may(
    settings: UpdateSettings, conditions: Conditions, record: UpdateRecord, why: str
) -> None:
    found = why_not(settings, conditions, record, is_asked=False)
    assert (why in found) if why else found == ""


def test_a_person_need_not_wait_for_the_window() -> None:
    closed = GOOD._replace(is_window_open=False, way=InternetWay("wwan0", is_modem=True))
    ran = UpdateRecord(tried_s=int(NOW_S))
    assert why_not(UpdateSettings(), closed, ran, is_asked=True) == ""


def test_all_is_fetched_before_the_root_is_opened_once() -> None:
    fake = Fake()
    record = fake.updated()
    assert fake.calls == [
        "update",
        "--print-uris upgrade",
        "--download-only upgrade",
        "open-root install-updates libssl3 passwd",
        "open-root --close",
    ]
    assert record.installed == ("libssl3", "passwd")
    assert record.good_s == record.installed_s == record.tried_s == int(NOW_S)
    assert record.fetched_in("2027-01") == 2 * 354_000


def test_the_root_stays_closed_while_nothing_is_missing() -> None:
    fake = Fake(uris="")
    assert fake.updated().outcome == "nothing was missing"
    assert [call for call in fake.calls if "install" in call or "download" in call] == []


def test_what_was_left_half_installed_is_finished_though_nothing_is_missing() -> None:
    fake = Fake(uris="", audit="The following packages are only half configured\n")
    fake.updated()
    assert "open-root install-updates" in fake.calls


@pytest.mark.parametrize(
    ("conditions", "record", "said"),
    [
        (GOOD, UpdateRecord(month="2027-01", fetched_bytes=197_000_000), "2.6 MB of the 200 MB"),
        (GOOD._replace(root_free_bytes=40 << 20), UpdateRecord(), "the root is full: 48.6 MB"),
    ],
)
def test_nothing_is_fetched_that_does_not_fit(
    conditions: Conditions, record: UpdateRecord, said: str
) -> None:
    fake = Fake()
    with pytest.raises(UpdateError, match=said):
        fake.updated(conditions=conditions, record=record)
    assert fake.calls == ["update", "--print-uris upgrade"]
    assert said in fake.stored[-1].outcome
    assert fake.stored[-1].good_s == 0


@pytest.mark.parametrize("fails", ["update", "--download-only", "install-updates"])
def test_a_step_that_fails_is_the_outcome_and_keeps_the_bytes(fails: str) -> None:
    fake = Fake(fails=fails)
    before = UpdateRecord(good_s=5, month="2027-01", fetched_bytes=1)
    with pytest.raises(UpdateError):
        fake.updated(record=before)
    record = fake.stored[-1]
    assert record.outcome == f"{fails} failed"
    assert (record.good_s, record.tried_s) == (5, int(NOW_S))
    assert (fake.calls[-1] == "open-root --close") == (fails == "install-updates")
    fetched = {"update": 0, "--download-only": 1, "install-updates": 2}[fails]
    assert record.fetched_in("2027-01") == 1 + 354_000 * fetched


def test_services_are_restarted_and_what_is_left_is_named() -> None:
    fake = Fake()
    fake.users = [
        Users(("a.service", "b.service"), ("dbus.service",), True),
        Users(("b.service",), ("dbus.service",), False),
    ]
    fake.fails = "try-restart b.service"
    record = fake.updated()
    assert record.to_restart == ("b.service", "dbus.service")
    assert fake.calls[-4:] == [
        "systemctl daemon-reexec",
        "systemctl try-restart a.service",
        "systemctl try-restart b.service",
        "open-root --close",
    ]
