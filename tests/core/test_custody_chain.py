"""Who is the last known holder: a word counts only where the node before names its relay."""

from netrelay.core.custody_chain import Link, chain_of
from netrelay.core.custody_word import CustodyWord

SHELF, BUOY, PIER, SHIP, BOAT = "shelf", "buoy", "pier", "ship", "boat"


def word(previous: str, following: str | None = None) -> CustodyWord:
    return CustodyWord(9, previous, 1, following, 0)


def last(given_to: str | None, **words: CustodyWord) -> str | None:
    link = chain_of(SHELF, BOAT, given_to, words).last
    return None if link is None else link.node


def test_the_last_one_that_was_given_it_has_it() -> None:
    assert last(None) is None
    assert last(None, buoy=word(SHELF)) is None
    assert last(BUOY) == BUOY
    assert last(BUOY, buoy=word(SHELF)) == BUOY
    assert last(BUOY, buoy=word(SHELF, PIER)) == PIER
    assert last(BUOY, buoy=word(SHELF, PIER), pier=word(BUOY)) == PIER
    chain = chain_of(SHELF, BOAT, BUOY, {BUOY: word(SHELF, PIER), PIER: word(BUOY, BOAT)})
    assert chain.links == (
        Link(BUOY, SHELF, word(SHELF, PIER)),
        Link(PIER, BUOY, word(BUOY, BOAT)),
    )
    assert chain.is_given


def test_a_relay_that_is_not_in_the_route_does_not_count() -> None:
    words = {BUOY: word(SHELF, PIER), PIER: word(BUOY), SHIP: word(BUOY)}
    chain = chain_of(SHELF, BOAT, BUOY, words)
    assert ([each.node for each in chain.links], chain.strangers) == ([BUOY, PIER], (SHIP,))
    # Nobody has said that it gave it to the ship: the buoy has it.
    assert last(BUOY, buoy=word(SHELF), ship=word(BUOY)) == BUOY
    assert last(BUOY, buoy=word(SHELF), ship=word(SHELF)) == BUOY
    # It says that it had it from somewhere else.
    chain = chain_of(SHELF, BOAT, BUOY, {BUOY: word(SHIP, PIER), PIER: word(BUOY)})
    assert chain.links[0] == Link(BUOY, SHELF, None)
    assert chain.strangers == (BUOY,)


def test_a_relay_of_an_older_netrelay_is_a_gap() -> None:
    chain = chain_of(SHELF, BOAT, BUOY, {PIER: word(BUOY)})
    assert chain.links == (Link(BUOY, SHELF, None), Link(PIER, None, word(BUOY)))
    assert chain.strangers == ()


def test_a_circle_ends() -> None:
    words = {BUOY: word(SHELF, PIER), PIER: word(BUOY, BUOY)}
    assert [each.node for each in chain_of(SHELF, BOAT, BUOY, words).links] == [BUOY, PIER]
    assert [each.node for each in chain_of(SHELF, BOAT, BUOY, {PIER: word(PIER)}).links] == [BUOY]
