"""A chain of custody in words: who took a file from whom, and who is known to have had it last."""

from collections.abc import Mapping

from netrelay.cli.queries.job_custody import custody_of, relay_names
from netrelay.cli.queries.this_node import own_node
from netrelay.core.custody_chain import Chain, Link
from netrelay.seal.proof_fields import time_text
from netrelay.store.database import ReadOnlyDatabase


def custody_lines(
    chain: Chain, source: str, destination: str, names: Mapping[str, str]
) -> list[str]:
    """Return one line for each node on the way, and one that says who had it last.

    source, destination: node ids; names: of nodes, by node id.
    """

    def name(node: str) -> str:
        return names.get(node, node)

    lines = [f"{name(source)} gave it to {name(chain.links[0].node)}."] if chain.links else []
    lines += [_line(link, name(link.node), names) for link in chain.links]
    lines += [
        f"{name(each)} signed a word of it too, and nobody on the way names it: it does not count."
        for each in chain.strangers
    ]
    return [*lines, last_holder(chain, source, destination, names)]


def last_holder(chain: Chain, source: str, destination: str, names: Mapping[str, str]) -> str:
    """Return in one sentence who is known to have had it last."""
    last, own = chain.last, names.get(source, source)
    to = names.get(destination, destination)
    if last is None and chain.is_given:
        return f"{own} gave it to {to} itself, over no relay."
    if last is None:
        return f"No node is known to have taken all of it but {own}, which sent it."
    holder = names.get(last.node, last.node)
    if last.word is None:
        named_by = names.get(last.named_by or "", last.named_by or "")
        return (
            f"Held last by {holder}, as {named_by} says: there is no word of {holder}, whose"
            " netrelay may be older, or which was not asked."
        )
    if chain.is_given:
        return (
            f"Held last, of the relays, by {holder}: it signed that {to} acknowledged all of it;"
            f" the word of {to} is its receipt."
        )
    if last.word.next_hop is not None:
        back = names.get(last.word.next_hop, last.word.next_hop)
        return f"Held last by {holder}: it gave it back to {back}."
    return (
        f"Held last by {holder}: it signed that it took all of it{_at(last.word.took_unix_s)}, and"
        " no later word is known."
    )


def held_last(database: ReadOnlyDatabase, job: int) -> str | None:
    """Return that sentence for a job of this node; None where no relay has signed for it."""
    custody = custody_of(database, job)
    if custody is None or not custody.words:
        return None
    own = own_node(database)
    names = {**relay_names(database), own.node: own.name}
    return last_holder(custody.chain(), custody.source, custody.destination, names)


def _line(link: Link, name: str, names: Mapping[str, str]) -> str:
    word = link.word
    if word is None:
        return f"No word of {name}."
    before = names.get(word.previous_hop, word.previous_hop)
    alone = "" if link.named_by is not None else ", which alone says that it is on the way,"
    line = (
        f"{name}{alone} signed that it took all of it, {word.total_bytes} bytes, from"
        f" {before}{_at(word.took_unix_s)}"
    )
    if word.next_hop is None:
        return f"{line}."
    to = names.get(word.next_hop, word.next_hop)
    return f"{line}, and that {to} acknowledged all of it{_at(word.gave_unix_s)}."


def _at(unix_s: int) -> str:
    """Return a time by the clock of who signed it; 0: it was not set."""
    return f" at {time_text(unix_s)}" if unix_s else ""
