"""Sockets that a boot file switches on: the commands that systemd gets."""

from pathlib import Path

import pytest

from netrelay.provisioning.system.served_sockets import (
    CONTROL,
    METRICS,
    METRICS_SERVICE,
    PAGE,
    MetricsWish,
    drop_in,
    serve_sockets,
)
from netrelay.provisioning.system.target_system import TargetSystem

METRICS_WISH = MetricsWish("0.0.0.0:7481", ("192.168.1.10",))


@pytest.fixture
def system(tmp_path: Path) -> TargetSystem:
    return TargetSystem(tmp_path)


def started(*units: str) -> list[tuple[str, ...]]:
    return [("systemctl", "enable", *units), ("systemctl", "--no-block", "restart", *units)]


def ended(*units: str) -> list[tuple[str, ...]]:
    return [("systemctl", "--no-block", "--now", "disable", *units)]


def test_metrics_are_enabled_at_each_boot_and_disabled_once(system: TargetSystem) -> None:
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted == []
    # A boot may be cut short between the files and the commands.
    serve_sockets(system, None, METRICS_WISH, is_control=False)
    serve_sockets(system, None, METRICS_WISH, is_control=False)
    assert system.noted == 2 * started(METRICS)
    serve_sockets(system, None, MetricsWish(), is_control=False)
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted[4:] == ended(METRICS)
    assert not any(system.path(drop_in(each)).exists() for each in (METRICS, METRICS_SERVICE))


def test_a_boot_that_is_cut_short_while_it_disables_is_made_good(
    system: TargetSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def cut(path: str) -> bool:
        raise PowerCut(path)

    serve_sockets(system, None, METRICS_WISH, is_control=False)
    system.noted.clear()
    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(system, "remove", cut)
        serve_sockets(system, None, MetricsWish(), is_control=False)
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted == 2 * ended(METRICS)
    assert not system.path(drop_in(METRICS)).exists()


def test_systemd_reads_its_units_once_for_all_sockets(system: TargetSystem) -> None:
    serve_sockets(system, 8080, METRICS_WISH, is_control=True)
    assert system.noted == started(PAGE, CONTROL, METRICS)
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted[2:] == ended(PAGE, CONTROL, METRICS)


def test_what_acts_for_the_page_goes_without_it(system: TargetSystem) -> None:
    serve_sockets(system, 8080, MetricsWish(), is_control=True)
    assert system.noted == started(PAGE, CONTROL)
    serve_sockets(system, 8080, MetricsWish(), is_control=False)
    assert system.noted[2:] == started(PAGE) + ended(CONTROL)
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted[5:] == ended(PAGE)


def test_what_a_person_has_enabled_stays(system: TargetSystem) -> None:
    serve_sockets(system, None, MetricsWish(), is_control=False)
    assert system.noted == []
