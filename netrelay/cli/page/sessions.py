"""Sessions of the page: a signed cookie, nothing that is kept here.

The process ends when nobody looks, so a table of sessions in its memory would end with it.
"""

import hmac
import math
import secrets
from typing import Final

from netrelay.cli.page.page_password import StoredPassword
from netrelay.store.node_clock import Clock

COOKIE: Final = "netrelay_session"
LASTS_S: Final = 12 * 3600
_NONCE_BYTES: Final = 16
_LONGEST_CHARACTERS: Final = 200


def new_session(stored: StoredPassword, clock: Clock) -> str:
    """Return the value of a cookie that is good for twelve hours of this boot."""
    until_s = math.ceil(clock.boottime_s()) + LASTS_S
    statement = f"{until_s}.{secrets.token_hex(_NONCE_BYTES)}"
    return f"{statement}.{_signature(stored, clock, statement)}"


def is_session(stored: StoredPassword, clock: Clock, value: str) -> bool:
    """Return True for a cookie of this boot and of this password whose time is not over."""
    statement, _, signature = value[:_LONGEST_CHARACTERS].rpartition(".")
    expected = _signature(stored, clock, statement)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        return False
    until_s = int(statement.partition(".")[0])
    return 0 <= until_s - clock.boottime_s() <= LASTS_S + 1


def cookie_header(value: str, lasts_s: int) -> str:
    """Return the value of Set-Cookie; lasts_s: 0 removes the cookie."""
    return f"{COOKIE}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Strict"


def cookie_of(header: str) -> str:
    """Return the session's cookie in a Cookie header; "" if there is none."""
    for each in header.split(";"):
        name, _, value = each.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _signature(stored: StoredPassword, clock: Clock, statement: str) -> str:
    # The time since boot says nothing about another boot.
    text = f"session of the page of netrelay\0{clock.boot_id}\0{statement}"
    return hmac.new(stored.session_key, text.encode(errors="replace"), "sha256").hexdigest()
