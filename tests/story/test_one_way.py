"""A node that can only dial out finds that out by itself, and calls; both nodes say so.

A proxy stands for its router: the other node sees the router's address, where nobody listens.
"""

import json
import os
from contextlib import ExitStack

from tests.cli.command_line import CommandLine
from tests.story.cutting_proxy import cutting_proxy
from tests.story.nodes import MIB, Homes, RunningNode, free_address, wait_for

COMMSPORT, DATAPORT = 7411, 7412


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


def test_a_node_that_nobody_can_dial_finds_out_and_calls(homes: Homes) -> None:
    """Neither person configures anything: it works behind CGNAT as it is."""
    shelf, field, router = behind_a_router(homes)
    with ExitStack() as ports:
        for port in (COMMSPORT, DATAPORT):
            ports.enter_context(cutting_proxy((router, port), (shelf.address, port), []))
        shelf.start()
        field.start()
        note = field.drop("shelf", "note.txt", b"words")
        back = shelf.drop("field", "back.bin", os.urandom(MIB + 1))
        shelf.wait_for_delivery("field", note)
        field.wait_for_delivery("shelf", back)
        for node in (shelf, field):
            node.wait_until_settled()
        assert field.rows("SELECT name FROM cannot_dial_here JOIN peers ON node = peer") == [
            ("shelf",)
        ]
        assert field.rows("SELECT call FROM peer_overview") == [("open",)]
        assert shelf.rows("SELECT calls FROM peers") == [(1,)]
        assert [node.rows("SELECT * FROM one_way") for node in (shelf, field)] == [[], []]

        found = about_peers(field.line)
        assert found["level"] == "ok"
        assert found["text"].endswith("it cannot dial this node, which calls it")
        why = field.line.good("why", "shelf")
        assert "Shelf cannot dial this node, as was found out " in why
        assert "so this node calls shelf to receive; the call is open." in why
        assert "it cannot dial this node: the call to it is open" in field.line.good("status")
        ping = field.line.good("peer", "ping", "shelf")
        assert "it cannot dial this node, whose call to shelf is open" in ping

        # What was found out outlives a restart: nothing waits for five hellos again.
        began_s = field.value("SELECT since_s FROM cannot_dial_here")
        field.stop()
        field.start()
        again = shelf.drop("field", "again.txt", b"again")
        field.wait_for_delivery("shelf", again)
        assert field.value("SELECT since_s FROM cannot_dial_here") == began_s
    # The hub is off, as far as the node sees.
    field.wait_for_rows("SELECT 1 FROM peer_overview WHERE call = 'failing'")
    found = about_peers(field.line)
    assert found["level"] == "ok"
    assert found["text"].endswith("; not yet for longer than usual")
    assert "shelf: it cannot dial this node, whose call to it is not open: " in found["text"]
    assert "the call is not open, so nothing comes from there" in field.line.good("why", "shelf")


def test_a_node_that_can_be_dialled_after_all_is_dialled_again(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    boat.change("INSERT INTO cannot_dial_here SELECT node, clock() FROM peers")
    boat.change("INSERT INTO wanted_agreements SELECT node FROM peers")
    boat.due_now()
    boat.wait_for_rows("SELECT 1 FROM placed_calls WHERE is_open = 1")
    assert shelf.rows("SELECT calls FROM peers") == [(1,)]
    # As when no call of boat comes for an hour: shelf says hello, by a connection that it dials.
    shelf.change(
        "UPDATE peers SET calls = 0", "INSERT INTO wanted_agreements SELECT node FROM peers"
    )
    shelf.due_now()
    wait_for("boat to know", lambda: not boat.rows("SELECT * FROM cannot_dial_here"))
    dropped = shelf.drop("boat", "dialled.bin", os.urandom(MIB))
    boat.wait_for_delivery("shelf", dropped)
    shelf.wait_for_rows("SELECT 1 FROM peers WHERE calls = 0")
    pair.wait_until_settled()
    assert [node.errors() for node in pair] == [[], []]


def test_a_greeting_tells_where_a_node_is_whose_card_is_old(homes: Homes) -> None:
    """boat has nothing to send; what shelf has for it waits at the address of boat's old card."""
    shelf, boat = homes.pair()
    boat.move()
    boat.start()
    shelf.start()
    dropped = shelf.drop("boat", "note.txt", b"words")
    shelf.wait_for_rows("SELECT * FROM stuck WHERE cause = 'no-agreement'")
    found = about_peers(shelf.line)
    assert found["level"] == "ok"
    assert found["text"].startswith("boat: not reached for ")
    assert f" port {COMMSPORT}: Connection refused" in found["text"]
    assert "`netrelay peer address boat HOST:PORT" in found["help"]
    # What boat does by itself a minute after its start, and every hour.
    boat.change("INSERT INTO wanted_agreements SELECT node FROM peers")
    boat.due_now()
    boat.wait_for_delivery("shelf", dropped)
    (seen,) = shelf.rows("SELECT seen_address FROM peers")
    assert seen == (boat.address,)
