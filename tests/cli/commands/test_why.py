# ruff: noqa: E501 -- paragraphs read better whole
"""`netrelay why`: every cause, word for word, on states that the engine itself made."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from netrelay.cli.wording.advice import advice
from netrelay.cli.wording.explain import _PARAGRAPHS
from netrelay.core.words import PROCESSES
from netrelay.runtime.home import Home, default_home
from netrelay.store.schema import refusals, sql_directory
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, Walks, walks


@pytest.fixture
def shelf(homes: Place) -> Iterator[CommandLine]:
    line = homes.pair()[0]
    with up(line):
        yield line


@contextmanager
def up(line: CommandLine) -> Iterator[None]:
    """Make a node look as if it were running."""
    line.runtime.mkdir(exist_ok=True)
    bells = []
    for process in PROCESSES:
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell.bind(str(line.runtime / f"{process}.bell"))
        bells.append(bell)
    yield
    for process, bell in zip(PROCESSES, bells, strict=True):
        bell.close()
        (line.runtime / f"{process}.bell").unlink()


def why(line: CommandLine, word: str = "film.mkv") -> str:
    """Return the paragraph, with times made equal and without the option of our home."""
    text = line.good("why", word).strip().replace(f" --home {line.home.path}", "")
    text = re.sub(r"\b(\d{4}-\d\d-\d\d )?\d\d:\d\d\b", "HH:MM", text)
    # tests/cli/commands/test_plan.py
    text = re.sub(r"Estimate: .*? on the wire \(.*?\)\. (What is not known: .*?\. )?", "", text)
    return re.sub(r"\b(under 1|\d\d?) s\b", "no time", text)


def on_the_way(node: Walks) -> int:
    """Claim a file, agree and connect; return the job."""
    node.agree("boat")
    node.connection("boat", -1)
    with node.database.transaction():
        node.database.execute("UPDATE connections SET handle = 7, failures = 0, down_s = NULL")
    return node.claim("boat", "film.mkv", 3 * MIB)


def refuse(node: Walks, reason: str) -> None:
    on_the_way(node)
    node.report("handed", "processor_s", "type = 3")
    node.refuse("type = 3", reason, 3000)


def no_answer(node: Walks) -> None:
    node.claim("boat", "film.mkv", 3 * MIB)
    for _ in range(2):
        node.report(
            "unsent", "initial_sender", "type = 4", "10.0.0.7 port 7411: No route to host", 2400
        )


def no_reply(node: Walks) -> None:
    node.claim("boat", "film.mkv", 3 * MIB)
    reason = "no reply came back on the connection: the peer ended the connection"
    for _ in range(2):
        node.report("unsent", "initial_sender", "type = 4", reason, 300)


def off(node: Walks) -> None:
    node.agree("boat")
    node.claim("boat", "film.mkv", 3 * MIB)
    node.connection("boat", -1, "10.0.0.7 port 7412: Connection refused")
    with node.database.transaction():
        node.database.execute(
            "UPDATE connections SET failures = 9, down_s = clock() - 7200,"
            " due_s = clock() + 2400 WHERE handle = -1"
        )
        node.database.execute("UPDATE messages SET born_s = clock() - 7300 WHERE type = 6")


def no_route(node: Walks) -> None:
    node.claim("boat", "film.mkv", 3 * MIB)
    with node.database.transaction():
        node.database.execute("UPDATE peers SET via = NULL")


def paused(node: Walks) -> None:
    node.claim("boat", "film.mkv", 3 * MIB)
    with node.database.transaction():
        node.database.execute("UPDATE peers SET paused_s = clock()")


def waiting_for_the_receipt(node: Walks) -> None:
    on_the_way(node)
    node.report("handed", "processor_s", "state = 'S-4'")
    node.report("acked", "processor_s", "state = 'S-4W'")


def given_up_on_the_way(node: Walks) -> None:
    waiting_for_the_receipt(node)
    node.report("hinted", "engine", "type = 6", "tower could not carry it on: LOOP: round")


def delivered(node: Walks) -> None:
    waiting_for_the_receipt(node)
    node.report("receipted", "engine", "type = 6")


def expired(node: Walks) -> None:
    refuse(node, "NO_ROOM: the disk of boat is full")
    node.report("expired", "processor_s", "type = 6")


def dead(node: Walks) -> None:
    on_the_way(node)
    node.report("failed", "engine", "type = 6", "its destination says: gone")


def uncalled(node: Walks) -> None:
    with node.database.transaction():
        node.database.execute("UPDATE peers SET calls = 1")
    node.claim("boat", "film.mkv", 3 * MIB)
    node.connection("boat", -1, "it broke")
    with node.database.transaction():
        node.database.execute("UPDATE connections SET down_s = clock() - 10800")
        node.database.execute("UPDATE messages SET born_s = clock() - 20000 WHERE type = 6")


def neither(node: Walks) -> None:
    with node.database.transaction():
        node.database.execute("UPDATE peers SET calls = 1")
        node.database.execute("INSERT INTO cannot_dial_here SELECT node, clock() FROM peers")
    node.claim("boat", "film.mkv", 3 * MIB)


def only_dials(node: Walks) -> None:
    with node.database.transaction():
        node.database.execute("UPDATE selfinfo SET can_be_dialled = 0")
    no_answer(node)


def cancelled(node: Walks) -> None:
    on_the_way(node)
    node.report("cancelled", "person", "type = 6")


def gone(node: Walks) -> None:
    node.claim("boat", "film.mkv", 3 * MIB)
    with node.database.transaction():
        node.database.execute("DELETE FROM peers")


def stalled(node: Walks) -> None:
    on_the_way(node)
    node.report("handed", "processor_s", 'type IN (2, 3) AND "offset" < 1000000')
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO stall_reports VALUES (?, 7, 180, 'another connection is dialled beside it')",
            (node.node("boat"),),
        )


def begun(node: Walks) -> None:
    on_the_way(node)
    node.report("handed", "processor_s", 'type IN (2, 3) AND "offset" < 1000000')
    node.report("acked", "processor_s", "state = 'S-4W'")


def coming(node: Walks) -> None:
    node.arrive("boat", "film.mkv", 3 * MIB)
    with node.database.transaction():
        node.database.execute("UPDATE ranges SET last = 1048576")


def stuck_at_the_inbox(node: Walks) -> None:
    node.arrive("boat", "film.mkv", 3 * MIB)
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO delivery_troubles SELECT id, 'disk-full', 'No space left on device'"
            " FROM messages WHERE type = 3"
        )


def unread(node: Walks) -> None:
    on_the_way(node)
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO source_troubles SELECT id, 'it cannot be read: Stale file handle'"
            " FROM messages WHERE state = 'S-4'"
        )


def expired_at_the_inbox(node: Walks) -> None:
    stuck_at_the_inbox(node)
    node.report("expired", "exporter", "type = 3")


def received(node: Walks) -> None:
    node.arrive("boat", "film.mkv", 3 * MIB)
    node.report("exported", "exporter", "type = 3")
    with node.database.transaction():
        node.database.execute("UPDATE files SET inbox_name = 'film (2).mkv', closed = 1")


FILE = "film.mkv (3 MiB, job 1)"
END = "It is given up in 60 min."
WALKS: dict[str, tuple[Callable[[Walks], object], str]] = {
    "no-agreement": (
        no_answer,
        f"{FILE} waits for boat, which has not answered a greeting since HH:MM (no time). It failed"
        " 2 times in a row, at last with: 10.0.0.7 port 7411: No route to host. That means: nothing"
        " answers there: it is off, not connected, or has another address now (`netrelay peer"
        " address boat HOST:PORT`). `netrelay peer ping boat` tries it now and says more. Nothing is"
        " lost: it goes by itself when boat answers. It is tried again in 40 min, by itself. "
        + END,
    ),
    "no-reply": (
        no_reply,
        f"{FILE} waits for a reply of boat since HH:MM (no time): no reply came back on the"
        " connection: the peer ended the connection. That means: boat cannot dial this node, and"
        " does not reply on the connection of a hello: its netrelay is an older one, so install this"
        " one there; or, if this node can be dialled, there, `netrelay peer address shelf HOST:PORT`"
        " says where. Nothing is lost: it goes by itself when boat reaches this node. It is tried"
        " again in 5 min, by itself. " + END,
    ),
    "no-connection": (
        off,
        f"{FILE} waits for boat, which cannot be reached since HH:MM (2 h). It failed 9 times in a"
        " row, at last with: 10.0.0.7 port 7412: Connection refused. That means: the machine answers"
        " but netrelay does not: there, `netrelay up` starts it (or its commsport is another one:"
        " `netrelay peer address boat HOST:PORT`). `netrelay peer ping boat` tries it now and says more."
        " Nothing is lost: it goes by itself when boat is back. It is tried again in 40 min, by"
        " itself. " + END,
    ),
    "stalled": (
        stalled,
        f"{FILE} is on its way to boat, and nothing of what is sent arrives there since HH:MM"
        " (no time): the connection is open and its line carries nothing; 0 B of 3 MiB are there."
        " What is done about it: another connection is dialled beside it. `netrelay peer ping boat`"
        " tries the line now. Nothing is lost: it goes on by itself when the line to boat carries"
        " something again. " + END,
    ),
    "no-call": (
        uncalled,
        f"{FILE} waits for a call of boat since HH:MM (3 h): boat said that nobody can dial it. It"
        " calls by itself when it is up and connected, or on a schedule of its own; its last call"
        " ended 3 h ago. If boat is:"
        " `netrelay why` there says why it does not get through, and `netrelay check` whether this"
        " node lets it in. Nothing is lost: it goes by itself when boat calls. " + END,
    ),
    "no-route": (
        no_route,
        f"{FILE} waits for a way to boat since HH:MM (no time): there is none yet. `netrelay peer"
        " route boat --direct` sends it straight there, `netrelay peer route boat --via NODE` through"
        " another node. " + END,
    ),
    "paused": (
        paused,
        f"{FILE} waits because boat is paused since HH:MM (no time): a person typed `netrelay pause"
        " boat`. `netrelay resume boat` lets it go. " + END,
    ),
    "right-missing": (
        lambda node: refuse(
            node,
            "NOT_PERMITTED: boat does not permit it; there, type: netrelay peer allow shelf deliver",
        ),
        f"boat refuses {FILE} for now, since HH:MM (no time): boat does not permit it; there, type:"
        " netrelay peer allow shelf deliver. Once that is typed it goes by itself. It is tried again"
        " in 50 min, by itself. " + END,
    ),
    "disk-full": (
        lambda node: refuse(node, "NO_ROOM: the disk of boat is full"),
        f"boat refuses {FILE} for now, since HH:MM (no time): the disk of boat is full. Somebody has"
        " to make room on boat; then it goes by itself. It is tried again in 50 min, by itself. "
        + END,
    ),
    "quota": (
        lambda node: refuse(node, "QUOTA: our share of the disk of boat is used up"),
        f"boat refuses {FILE} for now, since HH:MM (no time): our share of the disk of boat is used"
        " up. What lies unfinished there counts, so it may go when that is delivered; on boat,"
        " `netrelay peer quota shelf SIZE` allows more. It is tried again in 50 min, by itself. "
        + END,
    ),
    "no-route-there": (
        lambda node: refuse(node, "NO_ROUTE: boat has no route to far; there, type: netrelay x"),
        f"boat refuses {FILE} for now, since HH:MM (no time): boat has no route to far; there, type:"
        " netrelay x. Once that is typed it goes by itself. It is tried again in 50 min, by itself. "
        + END,
    ),
    "refused": (
        lambda node: refuse(node, "TOO_LARGE: boat takes less at once than was agreed"),
        f"boat refuses {FILE} for now, since HH:MM (no time): boat takes less at once than was"
        " agreed. It was refused 1 time; after 12 it is given up. It is tried again in 50 min, by"
        " itself. " + END,
    ),
    "receipt": (
        waiting_for_the_receipt,
        f"All of {FILE} was taken (HH:MM, no time ago). It is done when boat has signed that it lies"
        " in its inbox; that word is not here yet. It is asked for it in no time. " + END,
    ),
    "on-its-way": (
        begun,
        f"{FILE} is on its way to boat: 1 MiB of 3 MiB are there, 2 pieces to go. " + END,
    ),
    "delivered": (
        delivered,
        f"{FILE} was delivered: at HH:MM, no time after it was given, boat's signed word was here"
        " that it lies in its inbox.",
    ),
    "expired": (
        expired,
        f"{FILE} was given up at HH:MM: its lifetime of 60 min was over before boat had it. The last"
        " that was known: NO_ROOM: the disk of boat is full. The file is still at"
        " drop/.claimed/boat/1/film.mkv; `netrelay retry 1` sends it as a new attempt.",
    ),
    "dead": (
        dead,
        f"{FILE} was given up at HH:MM: its destination says: gone. The file is still at"
        " drop/.claimed/boat/1/film.mkv; `netrelay retry 1` sends it as a new attempt.",
    ),
    "cancelled": (
        cancelled,
        f"{FILE} was taken back by a person at HH:MM. The file is still at"
        " drop/.claimed/boat/1/film.mkv; `netrelay retry 1` sends it as a new attempt.",
    ),
    "coming": (
        coming,
        f"{FILE} is coming from boat since HH:MM (no time): 1 MiB of 3 MiB are here. The rest is for"
        " boat to send; `netrelay why` there says what holds it up.",
    ),
    "being-delivered": (
        lambda node: node.arrive("boat", "film.mkv", 3 * MIB),
        f"All of {FILE} is here; it is being put into the inbox.",
    ),
    "undelivered": (
        stuck_at_the_inbox,
        f"All of {FILE} is here, but it cannot be put into the inbox since HH:MM (no time). It failed"
        " once, at last with: No space left on device. Make room on the disk of inbox/boat; then it"
        " goes by itself. `netrelay check` looks at the disk and the folders. It is tried again in no"
        " time, by itself.",
    ),
    "unreadable": (
        unread,
        f"{FILE} waits until it can be read since HH:MM (no time). It failed once, at last with: it"
        " cannot be read: Stale file handle. Bring its disk back, and it goes by itself;"
        " `netrelay cancel 1` takes it back. It is tried again in no time, by itself. It is given up in"
        " 60 min.",
    ),
    "received": (
        received,
        f"{FILE} came from boat and was put into the inbox as inbox/boat/film (2).mkv at HH:MM.",
    ),
}


@pytest.mark.parametrize("cause", WALKS)
def test_each_cause_in_words(shelf: CommandLine, cause: str) -> None:
    walk, expected = WALKS[cause]
    with walks(shelf) as node:
        walk(node)
    assert json.loads(shelf.good("why", "1", "--json"))["cause"] == cause
    assert why(shelf) == expected


def test_a_stalled_line_is_named_everywhere(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        stalled(node)
        assert "nothing of it arrives at boat for " in shelf.good("jobs")
        assert "open; nothing of what is sent arrives for 3 min" in shelf.good("status")
        assert "is connected, and nothing of what is sent there arrives for 3 min: another" in (
            shelf.good("why", "boat")
        )
        found = shelf("check")
        assert "boat: nothing of what is sent there arrives for 3 min: another conn" in found.out
        assert shelf.good("sql", "SELECT cause FROM stuck").split() == ["cause", "stalled"]
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO stall_reports VALUES (?, 7, NULL, '')", (node.node("boat"),)
            )
        assert "on its way to boat" in shelf.good("jobs")
        assert "nothing of what" not in shelf.good("status") + shelf.good("why", "boat")


def test_two_nodes_that_can_only_dial(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        neither(node)
    assert why(shelf) == (
        f"{FILE} waits for a way to boat since HH:MM (no time): boat said that nobody can dial it,"
        " and it cannot dial this node. That means: both need a way over a node that can be"
        " dialled: here `netrelay peer route boat --via NODE`. " + END
    )


def test_a_node_that_can_only_dial_and_a_peer_that_was_never_reached(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        only_dials(node)
    assert why(shelf) == (
        f"{FILE} waits for boat, which has not answered a greeting since HH:MM (no time). It failed"
        " 2 times in a row, at last with: 10.0.0.7 port 7411: No route to host. That means: nothing"
        " answers there: it is off, not connected, or has another address now (`netrelay peer"
        " address boat HOST:PORT`). This node can only dial: if nobody can dial boat either, both"
        " need a way over a node that can be dialled (`netrelay peer route boat --via NODE`)."
        " `netrelay peer ping boat` tries it now and says more. Nothing is lost: it goes by itself"
        " when boat answers. It is tried again in 40 min, by itself. " + END
    )


def test_a_file_that_was_given_up_and_put_away(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        dead(node)
        with node.database.transaction():
            node.database.execute(
                "UPDATE files SET closed = 1, kept = CAST('failed/boat/film.mkv' AS BLOB)"
            )
    assert "The file is still at failed/boat/film.mkv; `netrelay retry 1`" in why(shelf)


def test_what_a_relay_on_the_way_said(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        given_up_on_the_way(node)
    assert "On the way, tower could not carry it on: LOOP: round." in why(shelf)
    assert "not here yet: tower could not carry it on: LOOP: round" in shelf.good("status")


def test_what_cannot_be_put_into_the_inbox_is_shown_everywhere(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        stuck_at_the_inbox(node)
    cell = (
        r"all of it is here, but not in the inbox: No space left on device; for .*, tried again in"
    )
    for command in ("status", "jobs"):
        assert re.search(cell, shelf.good(command)), command
    assert re.search(
        r"\nnext try +in \d+ s\n(.*\n)?last error +No space left", shelf.good("show", "1")
    )
    assert "1 file came but cannot be put here for now" in shelf.good("inbox")
    assert json.loads(shelf.good("why", "1", "--json"))["trouble"] == "disk-full"


def test_what_expired_before_it_was_in_the_inbox(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        expired_at_the_inbox(node)
    assert why(shelf) == (
        f"{FILE} was given up at HH:MM: its lifetime of 60 min was over before it was in the inbox."
        " The last that was known: lifetime used up; it could not be put into the inbox: No space"
        " left on device. boat still has it and may send it again."
    )


def test_a_job_for_one_that_is_no_peer_any_more(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        gone(node)
    assert re.fullmatch(
        r"film\.mkv \(3 MiB, job 1\) is for \w+, which is no peer of this node any more\. `netrelay"
        r" peer add CARD` enrols it again, and then it goes; `netrelay cancel 1` takes it back\. "
        + re.escape(END),
        why(shelf),
    )


def test_a_greeting_that_was_not_answered_yet(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
    assert why(shelf).startswith(f"{FILE} waits for the first word from boat: both have to agree")


def test_what_is_ready(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
    assert why(shelf) == f"{FILE} is ready; a connection to boat is about to be opened. {END}"


def test_a_node_that_is_down_says_so_instead_of_the_next_try(homes: Place) -> None:
    line = homes.pair()[0]
    with walks(line) as node:
        off(node)
    words = why(line)
    assert "This node is down, so nothing moves at all: `netrelay up` starts it." in words
    assert "tried again" not in words


def test_every_cause_of_the_view_has_words() -> None:
    text = (sql_directory() / "views.sql").read_text()
    (judged,) = re.findall(r"judged AS .*?FROM place\)", text, re.DOTALL)
    causes = set(re.findall(r"(?:THEN|ELSE) '([a-z-]+)'", judged)) | {"expired", "cancelled"}
    causes |= {row.cause for row in refusals() if row.cause}
    assert causes == set(_PARAGRAPHS)


def test_names_from_afar_cannot_steer_the_terminal(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.claim("boat", "a\x1b[2J.mkv", 3)
    assert "a\\x1b[2J.mkv" in shelf.good("why", "1")


def test_a_name_means_the_newest_and_a_piece_its_job(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        first = node.claim("boat", "film.mkv", 3 * MIB)
        second = node.claim("boat", "film.mkv", 2 * MIB)
        piece = node.database.value("SELECT max(id) FROM messages WHERE parent = ?", (first,))
    assert f"job {second})" in shelf.good("why", "film.mkv")
    assert f"newest of this name; others: {first}." in shelf.good("why", "film.mkv")
    assert f"job {first})" in shelf.good("why", str(piece))


def test_a_word_that_is_nothing(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.claim("boat", "film.mkv", 3)
    assert shelf.bad("why", "flim.mkv")[0] == 65
    assert "did you mean film.mkv?" in shelf.bad("why", "flim.mkv")[1]
    assert "did you mean boat?" in shelf.bad("why", "boot")[1]
    assert "no job has the number 99 yet" in shelf.bad("show", "99")[1]
    code, line = shelf.bad("show", "boat")
    assert (code, "boat is a node and no job: `netrelay why boat --home" in line) == (65, True)


class TestNode:
    """Paragraphs about a peer."""

    def test_never_spoken_to(self, shelf: CommandLine) -> None:
        assert why(shelf, "boat") == (
            "boat was not needed yet: nothing is agreed with it. Nothing waits for it."
        )

    def test_that_does_not_answer(self, shelf: CommandLine) -> None:
        with walks(shelf) as node:
            no_answer(node)
        assert why(shelf, "boat") == (
            "boat was greeted 2 times in vain: nothing is agreed with it yet. The last error was:"
            " 10.0.0.7 port 7411: No route to host. That means: nothing answers there: it is off, not"
            " connected, or has another address now (`netrelay peer address boat HOST:PORT`). It is tried"
            " again in 40 min. 1 job (3 MiB) waits for it: `netrelay jobs --to boat`."
        )

    def test_that_is_off(self, shelf: CommandLine) -> None:
        with walks(shelf) as node:
            off(node)
        words = why(shelf, "boat")
        assert words.startswith("boat cannot be reached for 2 h. The last error was: 10.0.0.7 port")

    def test_whose_connection_ended_and_is_not_needed(self, shelf: CommandLine) -> None:
        with walks(shelf) as node:
            node.agree("boat")
            node.connection("boat", -1, "the peer ended the connection")
        assert why(shelf, "boat") == (
            "No connection to boat is open, and none is needed; the last one ended no time ago: the"
            " peer ended the connection. Nothing waits for it."
        )
        assert "ok    peers      boat: no connection is needed now" in shelf("check").out
        with walks(shelf) as node:
            node.claim("boat", "film.mkv", 3 * MIB)
        assert why(shelf, "boat").startswith("boat cannot be reached for no time. The last error")

    def test_whose_file_cannot_be_put_into_the_inbox(self, shelf: CommandLine) -> None:
        with walks(shelf) as node:
            stuck_at_the_inbox(node)
        assert (
            "Nothing waits for it. 1 file from it cannot be put into the inbox for now:"
            " `netrelay jobs --waiting --from boat` says why."
        ) in why(shelf, "boat")

    def test_connected_paused_and_without_a_route(self, shelf: CommandLine) -> None:
        with walks(shelf) as node:
            on_the_way(node)
            assert why(shelf, "boat").startswith("boat is connected; at once it takes up to 1 MiB.")
            with node.database.transaction():
                node.database.execute("UPDATE peers SET via = NULL")
            assert why(shelf, "boat").startswith("There is no route to boat: `netrelay peer route")
            with node.database.transaction():
                node.database.execute("UPDATE peers SET paused_s = clock() - 300")
            assert why(shelf, "boat").startswith("boat is paused for 5 min: nothing is sent to it")

    def test_that_may_do_nothing_here(self, shelf: CommandLine) -> None:
        with walks(shelf) as node, node.database.transaction():
            node.database.execute("DELETE FROM rights")
        assert "`netrelay peer allow boat deliver` lets it." in why(shelf, "boat")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("10.0.0.7 port 7411: Connection refused", "`netrelay up` starts it"),
        ("10.0.0.7 port 7411: time was up while connecting", "it is off"),
        ("boat.local: Name or service not known", "cannot be found out"),
        ("it has no address: netrelay peer add CARD --address HOST", "cannot be found out"),
        ("x: the peer refused this node: TLSV1_ALERT_UNKNOWN_CA", "does not know this node"),
        ("x: it hung up after the handshake: the connection broke", "does not know this node"),
        ("x: nobody we know has certificate 00", "not enrolled here"),
        ("x: the peer's certificate is not trusted: self-signed", "not enrolled here"),
        ("x: node a answered where b was expected", "another of our peers answers"),
        ("it answers NO_COMMON_VERSION", "install the newer"),
        ("x: time was up while handshaking", "another program's"),
        ("something new", ""),
    ],
)
def test_what_would_help(reason: str, words: str) -> None:
    found = advice(reason, "boat", "shelf", Home(default_home()))
    assert words in found
    assert bool(words) == bool(found)
