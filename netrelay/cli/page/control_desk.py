"""Decides about requests of the page: who may act, and what is done. It trusts the page in nothing.

The page talks to strangers. So password, session and token are checked here, in another process,
with a key that the page cannot read.
"""

import hmac
import re
from collections.abc import Callable
from typing import Final

from netrelay.cli.arguments import MOST_NAME_BYTES
from netrelay.cli.errors import CommandError
from netrelay.cli.opening import command, read_config, writable
from netrelay.cli.page.control_acts import (
    Act,
    ActOutcome,
    ActRefused,
    act_of,
    run,
    send_act,
)
from netrelay.cli.page.control_channel import Message
from netrelay.cli.page.sessions import form_token, is_session, new_session, session_person
from netrelay.cli.page.sign_in_pace import SignInPace
from netrelay.cli.page.staged_upload import StagedUpload
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.printable import printable
from netrelay.provisioning.system.page_password import (
    CONTROL_FILE_NAME,
    PasswordError,
    StoredPassword,
    is_right,
    read_password,
    with_new_key,
    write_password,
)
from netrelay.runtime.home import Home
from netrelay.runtime.log import ASKED_ON_PAGE, Log
from netrelay.store.node_clock import Clock

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class ControlDesk:
    """Answers requests, one after the other. run: runs a command."""

    def __init__(
        self, home: Home, clock: Clock, run: Callable[[Home, Act], ActOutcome] = run
    ) -> None:
        self._home = home
        self._clock = clock
        self._run = run
        self._pace = SignInPace()
        self._upload = StagedUpload(home)

    def close(self) -> None:
        """Remove what is there of an upload: it cannot go on once this process has ended."""
        self._upload.remove()

    def answer(self, request: Message, body: bytes) -> Message:
        """Return the answer: `words` for the person, `is_done`, and what the request asked for."""
        try:
            return self._answer(request, body)
        except (ActRefused, CommandError, PasswordError) as error:
            return {"is_done": False, "words": str(error)}
        except OSError as error:
            self._upload.remove()
            return {"is_done": False, "words": f"this could not be done: {error.strerror}"}

    def _answer(self, request: Message, body: bytes) -> Message:
        stored = self._stored()
        kind = request.get("kind")
        if kind == "sign-in":
            return self._sign_in(stored, request)
        person = self._person(stored, request)
        if kind == "sign-out":
            # All sessions end, of other persons too: a table of ended ones could be made to grow.
            write_password(self._home, with_new_key(stored), CONTROL_FILE_NAME)
            self._upload.remove()
            return {"is_done": True, "words": "signed out"}
        if kind == "upload":
            return self._take_slice(person, request, body)
        if kind == "act":
            fields = request.get("fields")
            if not isinstance(fields, dict):
                raise ActRefused("no fields")
            texts = {key: _text(fields, key) for key in fields}
            return self._do(act_of(_text(request, "verb"), texts, person), person)
        raise ActRefused("no such request")

    def why_off(self) -> str | None:
        """Return what has to be done before anybody may act; None if nothing has."""
        try:
            self._stored()
        except (ActRefused, CommandError, PasswordError) as error:
            return str(error)
        return None

    def _stored(self) -> StoredPassword:
        is_on = read_config(self._home).page_control
        stored = read_password(self._home, CONTROL_FILE_NAME) if is_on else None
        if stored is None:
            sets = command(self._home, "page control-password")
            raise ActRefused(
                f"acting on the page is off: `[page] control = true` in netrelay.toml and `{sets}`"
                " switch it on"
            )
        return stored

    def _sign_in(self, stored: StoredPassword, request: Message) -> Message:
        person = " ".join(_text(request, "person").split())
        if not 1 <= len(person.encode(errors="replace")) <= MOST_NAME_BYTES or not (
            person.isprintable()
        ):
            raise ActRefused(
                f"{printable(person)[:80]!r} is no name; allowed: 1 to {MOST_NAME_BYTES} bytes that"
                " can be printed"
            )
        wait_s = self._pace.wait_s(_text(request, "address"), self._clock.boottime_s())
        if wait_s > 0:
            words = f"Too many tries. Try again in {wait_s:.0f} s."
            return {"is_done": False, "words": words, "wait_s": wait_s}
        if not is_right(stored, _text(request, "password")):
            raise ActRefused("That is not the password for acting.")
        return {"is_done": True, "words": "", "session": new_session(stored, self._clock, person)}

    def _person(self, stored: StoredPassword, request: Message) -> str:
        session = _text(request, "session")
        if not is_session(stored, self._clock, session):
            raise ActRefused("Sign in to act: the session is over.")
        token = _text(request, "token").encode(errors="replace")
        if not hmac.compare_digest(token, form_token(session).encode()):
            raise ActRefused("This form is not of your session: load the page anew.")
        return session_person(session)

    def _take_slice(self, person: str, request: Message, body: bytes) -> Message:
        now_s = self._clock.boottime_s()
        upload = _text(request, "upload")
        if upload:
            staged = self._upload.add(person, upload, _number(request, "offset"), body, now_s)
        else:
            staged = self._upload.begin(
                person,
                _text(request, "peer"),
                _text(request, "name"),
                _number(request, "total_bytes"),
                now_s,
            )
        if not staged.is_whole:
            return {"is_done": True, "words": "", **staged._asdict()}
        try:
            peer, name, total_bytes = self._upload.whole()
            act = send_act(str(self._upload.path), peer, name, total_bytes)
            return {**self._do(act, person), **staged._asdict()}
        finally:
            self._upload.remove()

    def _do(self, act: Act, person: str) -> Message:
        # Before the act, so that none is missing in the log.
        with writable(self._home) as database:
            log = Log(database.process, database)
            log.write(ASKED_ON_PAGE, person=person, act=act.told)
            log.store()
        return self._run(self._home, act)._asdict()


def _text(request: Message, key: str) -> str:
    value = request.get(key, "")
    # JSON can hold half of a surrogate pair, which no browser sends and no encoding knows.
    if not isinstance(value, str) or (not value.isascii() and _SURROGATE.search(value)):
        raise ActRefused(f"{printable(key)[:80]!r} is no text")
    return value


def _number(request: Message, key: str) -> int:
    value = request.get(key)
    if type(value) is not int or abs(value) > INTEGER_MAX:
        raise ActRefused(f"{key} is no number")
    return value
