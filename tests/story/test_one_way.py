"""A node that can only dial out: nobody can dial it, and both nodes say so.

A proxy stands for its router: the other node sees the router's address, where nobody listens.
"""

import json

from tests.cli.command_line import CommandLine
from tests.story.cutting_proxy import cutting_proxy
from tests.story.nodes import Homes, RunningNode, free_address, wait_for

COMMSPORT = 7411


def findings(line: CommandLine) -> tuple[int, list[dict[str, str]]]:
    outcome = line("check", "--json")
    return outcome.code, [json.loads(each) for each in outcome.out.splitlines()]


def about_peers(line: CommandLine) -> dict[str, str]:
    """Return level, text and advice of the finding about the only peer."""
    (found,) = [each for each in findings(line)[1] if each["subject"] == "peers"]
    return found


def behind_a_router(homes: Homes) -> tuple[RunningNode, RunningNode, str]:
    """Return shelf, field, and the address at which field's router forwards to shelf."""
    shelf, field, router = homes.node("shelf"), homes.node("field"), free_address()
    field.enrol(shelf, "deliver")
    field.line.good("peer", "address", "shelf", router)
    shelf.enrol(field, "deliver")
    # Not where field listens: its own network means nothing to shelf.
    shelf.line.good("peer", "address", "field", free_address())
    return shelf, field, router


def test_both_nodes_name_a_node_that_nobody_can_dial(homes: Homes) -> None:
    shelf, field, router = behind_a_router(homes)
    with cutting_proxy((router, COMMSPORT), (shelf.address, COMMSPORT), []):
        shelf.start()
        field.start()
        field.drop("shelf", "note.txt", b"words")
        field.wait_for_rows("SELECT * FROM one_way WHERE trouble = 'no-reply'")
        shelf.wait_for_rows("SELECT * FROM one_way WHERE trouble = 'reply'")

        here = f"no reply comes to commsport {COMMSPORT} of this node at {field.address}"
        (stuck,) = field.rows("SELECT name, cause, waits_for, reason FROM stuck")
        assert stuck[:3] == ("note.txt", "no-reply", "shelf")
        assert here in str(stuck[3])
        found = about_peers(field.line)
        assert found["level"] == "warn"
        assert found["text"].startswith("shelf: it cannot reach this node for ")
        assert here in found["text"]
        assert "`netrelay peer address field HOST:PORT`" in found["help"]
        assert "only dial out (behind NAT or a firewall) is not supported yet" in found["help"]
        assert findings(field.line)[0] == 1
        why = field.line.good("why", "note.txt")
        assert why.startswith("note.txt (5 B, job 1) waits for a reply of shelf since ")
        assert here in why
        assert "not supported yet" in why
        assert "shelf hears this node, and its reply does not come" in field.line.good(
            "why", "shelf"
        )
        assert here in field.line.good("status")
        ping = field.line("peer", "ping", "shelf")
        assert ping.code == 69
        assert "shelf answers in " in ping.out
        assert "but it does not reach this node: hellos are accepted there" in ping.out

        found = about_peers(shelf.line)
        assert found["level"] == "warn"
        assert found["text"].startswith("field: it calls, and this node cannot reply for ")
        assert f" port {COMMSPORT}: " in found["text"]
        assert "`netrelay peer address field HOST:PORT" in found["help"]
        assert "not supported yet" in found["help"]
        assert "field calls this node, which cannot reply" in shelf.line.good("why", "field")
        assert "its hello cannot be answered: " in shelf.line.good("status")

        # shelf learns where field can be dialled, and all is well.
        shelf.line.good("peer", "address", "field", field.address)
        wait_for("the answer to be taken", lambda: not field.rows("SELECT 1 FROM one_way"))
        wait_for("the reply to be sent", lambda: not shelf.rows("SELECT 1 FROM one_way"))
        assert field.rows("SELECT cause FROM stuck WHERE cause = 'no-reply'") == []
        assert field.line("peer", "ping", "shelf").code == 0


def test_a_greeting_tells_where_a_node_is_whose_card_is_old(homes: Homes) -> None:
    """boat has nothing to send; what shelf has for it waits at the address of boat's old card."""
    shelf, boat = homes.pair()
    boat.move()
    boat.start()
    shelf.start()
    dropped = shelf.drop("boat", "note.txt", b"words")
    shelf.wait_for_rows("SELECT * FROM stuck WHERE cause = 'no-agreement'")
    found = about_peers(shelf.line)
    assert found["level"] == "warn"
    assert found["text"].startswith("boat: not reached for ")
    assert f" port {COMMSPORT}: Connection refused" in found["text"]
    assert "`netrelay peer address boat HOST:PORT" in found["help"]
    # What boat does by itself a minute after its start, and every hour.
    boat.change("INSERT INTO wanted_agreements SELECT node FROM peers")
    boat.due_now()
    boat.wait_for_delivery("shelf", dropped)
    (seen,) = shelf.rows("SELECT seen_address FROM peers")
    assert seen == (boat.address,)
