"""The chain of custody: which of the relays that have signed is the last one that had a whole."""

from collections.abc import Mapping
from typing import NamedTuple

from netrelay.core.custody_word import CustodyWord


class Link(NamedTuple):
    """A node on the way of a whole, in order; word: None where it has said nothing.

    named_by: the node that says it gave this one the whole: the source, or the relay before. None:
    this one alone says so, because the relay before it has said nothing at all.
    """

    node: str
    named_by: str | None
    word: CustodyWord | None


class Chain(NamedTuple):
    """The links from the source on, and the relays whose words have no place among them.

    is_given: the last link names who has it now, which is the destination. strangers: a relay that
    nobody on the way names is none of the way, whatever it signs.
    """

    links: tuple[Link, ...]
    strangers: tuple[str, ...]
    is_given: bool

    @property
    def last(self) -> Link | None:
        """The node that is known to have had it last, the destination aside; None: the source."""
        return self.links[-1] if self.links else None


def chain_of(
    source: str, destination: str, given_to: str | None, words: Mapping[str, CustodyWord]
) -> Chain:
    """Return the chain of one whole, from the node that acknowledged all of it to its source on.

    words: what relays have signed, by node; the signatures are verified. A word counts only where
    the node before, or the source, says that it gave this relay the whole, and where the relay says
    the same. After a relay without a word, such as one of an older netrelay, the relay that says
    that it took it from there goes on.
    """
    links: list[Link] = []
    node, named_by, before = given_to, source, source
    is_named = True
    while node is not None and node != destination and all(node != each.node for each in links):
        word = words.get(node)
        if word is not None and word.previous_hop != before:
            word = None
        links.append(Link(node, named_by if is_named else None, word))
        before, named_by = node, node
        if word is not None:
            node, is_named = word.next_hop, True
            continue
        followers = (each for each, said in words.items() if said.previous_hop == before)
        node, is_named = min(followers, default=None), False
    placed = {each.node for each in links if each.word is not None}
    strangers = tuple(sorted(words.keys() - placed))
    return Chain(tuple(links), strangers, bool(node is not None and node == destination))
