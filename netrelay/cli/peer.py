"""`netrelay peer`: the other nodes this one knows. Each word is a module of its own."""

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.runtime.home import Home


class Word(NamedTuple):
    """What stands behind `netrelay peer`: its module has `main(arguments, home)` and `parser()`."""

    name: str
    synopsis: str
    summary: str


WORDS = {
    word.name: word
    for word in (
        Word("add", "CARD", "enrol a node by its card, what `netrelay id --card` wrote there"),
        Word("ls", "[NODE]", "show them all, or one in full"),
        Word("allow", "NODE deliver|relay|carry", "let it do something here"),
        Word("deny", "NODE deliver|relay|carry", "take that back"),
        Word("quota", "NODE SIZE|none", "how much of it may lie here unfinished"),
        Word("route", "NODE --via NODE|--direct", "which neighbour takes what is for it"),
        Word("address", "NODE HOST[:PORT]...", "where it is now"),
        Word("ping", "NODE", "try to reach it, and say what fails"),
        Word("rm", "NODE", "forget it"),
    )
}


def main(arguments: Sequence[str], home: Home) -> int:
    """Run one of the words."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(help_text())
        return Exit.OK if arguments else Exit.USAGE
    word, rest = arguments[0], arguments[1:]
    if word not in WORDS:
        raise CommandError(
            Exit.USAGE,
            f"peer {word!r} is none of its words{nearest(word, WORDS)}"
            f" (allowed: {', '.join(WORDS)})",
        )
    code: int = import_module(f"netrelay.cli.peer_{word}").main(rest, home)
    return code


def help_text() -> str:
    """Give what `netrelay peer --help` prints."""
    lines = [
        "usage: netrelay peer WORD ...",
        "",
        "The other nodes this one knows, and what each may do here. A peer may do nothing",
        "until it is allowed to.",
        "",
    ]
    lines += [f"  {f'{w.name} {w.synopsis}':31}  {w.summary}" for w in WORDS.values()]
    return "\n".join([*lines, "", "  netrelay peer WORD --help        more about one"])
