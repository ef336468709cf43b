"""Texts that cost few bytes: keys that outlive a start, packed frames, and peers without either."""

from tests.story.nodes import Homes, NodePair, RunningNode, wait_for


def text(pair: NodePair, words: str) -> None:
    """Send a text, and wait until its receipt is here."""
    before = receipted(pair)
    pair.shelf.line.good("message", "--to", "boat", words)
    wait_for("the receipt", lambda: receipted(pair) > before)


def receipted(pair: NodePair) -> int:
    count = pair.shelf.value("SELECT count(*) FROM messages WHERE type = 1 AND state = 'F'")
    assert isinstance(count, int)
    return count


def test_a_key_for_singles_outlives_a_start(homes: Homes) -> None:
    pair = homes.pair()
    pair.start()
    text(pair, "one")
    for node in pair:
        node.stop()
    pair.start()
    text(pair, "two")
    pair.shelf.kill("processor_s")
    text(pair, "three")
    assert pair.boat.value("SELECT count(*) FROM keys") == 1
    assert pair.shelf.value("SELECT starts FROM single_keys") == 2
    assert [each for (each,) in pair.boat.rows("SELECT text FROM texts")] == ["one", "two", "three"]


def test_a_destination_that_lost_its_keys_gets_another(homes: Homes) -> None:
    pair = homes.pair()
    pair.start()
    text(pair, "one")
    for node in pair:
        node.stop()
    pair.boat.change("DELETE FROM keys")
    pair.start()
    text(pair, "two")
    assert pair.boat.value("SELECT count(*) FROM keys") == 1
    assert [each for (each,) in pair.boat.rows("SELECT text FROM texts")] == ["one", "two"]


def test_two_nodes_that_met_greet_by_one_hello(homes: Homes) -> None:
    pair = homes.pair()
    pair.start()
    text(pair, "one")
    pair.wait_until_settled()
    pair.boat.stop()
    before = {node.name: hellos_of(node) for node in pair}
    pair.boat.start()
    pair.wait_until_settled()
    (reply,) = pair.shelf.rows(
        "SELECT e.actor, m.info ->> 'here' FROM messages m JOIN events e ON e.message = m.id"
        " WHERE m.type = 5 AND e.event = 'sent' AND m.source = (SELECT node FROM selfinfo)"
        " ORDER BY e.seq DESC LIMIT 1"
    )
    assert reply == ("initial_receiver", 1), "on the connection of the hello"
    assert hellos_of(pair.shelf) == before["shelf"]
    assert hellos_of(pair.boat) == before["boat"] + 1
    text(pair, "two")


def hellos_of(node: RunningNode) -> int:
    count = node.value(
        "SELECT count(*) FROM messages WHERE type = 4 AND source = (SELECT node FROM selfinfo)"
    )
    assert isinstance(count, int)
    return count
