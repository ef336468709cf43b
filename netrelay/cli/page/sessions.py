"""Sessions of the page: a signed cookie, nothing that is kept here.

The process ends when nobody looks, so a table of sessions in its memory would end with it.
"""

import hmac
import math
import secrets
from typing import Final

from netrelay.provisioning.system.page_password import StoredPassword
from netrelay.store.node_clock import Clock

COOKIE: Final = "netrelay_session"
CONTROL_COOKIE: Final = "netrelay_control"
LASTS_S: Final = 12 * 3600
_NONCE_BYTES: Final = 16
_LONGEST_CHARACTERS: Final = 200


def new_session(stored: StoredPassword, clock: Clock, person: str = "") -> str:
    """Return the value of a cookie that is good for twelve hours of this boot.

    person: a name of at most 40 bytes; `session_person` returns it.
    """
    until_s = math.ceil(clock.boottime_s()) + LASTS_S
    statement = f"{until_s}.{secrets.token_hex(_NONCE_BYTES)}.{person.encode().hex()}"
    return f"{statement}.{_signature(stored, clock, statement)}"


def is_session(stored: StoredPassword, clock: Clock, value: str) -> bool:
    """Return True for a cookie of this boot and of this password whose time is not over."""
    statement, _, signature = value[:_LONGEST_CHARACTERS].rpartition(".")
    expected = _signature(stored, clock, statement)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        return False
    until_s = int(statement.partition(".")[0])
    return 0 <= until_s - clock.boottime_s() <= LASTS_S + 1


def session_person(value: str) -> str:
    """Return the name in a session, "" if there is none; nothing is checked."""
    parts = value[:_LONGEST_CHARACTERS].split(".")
    try:
        return bytes.fromhex(parts[2]).decode() if len(parts) == 4 else ""
    except ValueError:
        return ""


def form_token(session: str) -> str:
    """Return what a form of this session carries: who does not have the cookie cannot know it."""
    return hmac.new(session.encode(errors="replace"), b"form of the page", "sha256").hexdigest()


def cookie_header(value: str, lasts_s: int, cookie: str = COOKIE) -> str:
    """Return the value of Set-Cookie; lasts_s: 0 removes the cookie."""
    return f"{cookie}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Strict"


def cookie_of(header: str, cookie: str = COOKIE) -> str:
    """Return the session's cookie in a Cookie header; "" if there is none."""
    for each in header.split(";"):
        name, _, value = each.strip().partition("=")
        if name == cookie:
            return value
    return ""


def _signature(stored: StoredPassword, clock: Clock, statement: str) -> str:
    # The time since boot says nothing about another boot.
    text = f"session of the page of netrelay\0{clock.boot_id}\0{statement}"
    return hmac.new(stored.session_key, text.encode(errors="replace"), "sha256").hexdigest()
