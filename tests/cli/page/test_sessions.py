"""Sessions: of this password, of this boot, and for twelve hours."""

import pytest

from netrelay.cli.page.sessions import COOKIE, LASTS_S, cookie_of, is_session, new_session
from netrelay.provisioning.system.page_password import StoredPassword
from netrelay.store.node_clock import Clock

STORED = StoredPassword(b"s" * 16, b"h" * 32, b"k" * 32)


def clock(now_s: float, boot_id: str = "this") -> Clock:
    return Clock(lambda: now_s, boot_id, lambda: 0.0, lambda: True)


def test_a_session_lasts_twelve_hours_of_one_boot() -> None:
    session = new_session(STORED, clock(100.5))
    assert is_session(STORED, clock(100.5), session)
    assert is_session(STORED, clock(100 + LASTS_S), session)
    assert not is_session(STORED, clock(102 + LASTS_S), session)
    assert not is_session(STORED, clock(50), session)
    assert not is_session(STORED, clock(200, "other"), session)
    assert not is_session(STORED._replace(session_key=b"x" * 32), clock(200), session)
    assert new_session(STORED, clock(100.5)) != session


@pytest.mark.parametrize("value", ["", "...", "9999999.ab", "x" * 5000, "1.2.ü", "5.."])
def test_anything_else_is_no_session(value: str) -> None:
    assert not is_session(STORED, clock(0), value)


def test_a_session_with_another_end_is_forged() -> None:
    until, rest = new_session(STORED, clock(0)).split(".", 1)
    assert not is_session(STORED, clock(1), f"{int(until) + 1}.{rest}")


def test_the_cookie_is_found_among_others() -> None:
    assert cookie_of(f"a=b; {COOKIE}=x.y; c=d") == "x.y"
    assert cookie_of(f"x{COOKIE}=x.y; {COOKIE}") == ""
