"""`netrelay fleet`: many nodes from one file. Each word is a module of its own."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.peer import Word
from netrelay.cli.text import printable
from netrelay.provisioning.fleet_file import Fleet, read_fleet
from netrelay.provisioning.fleet_routes import check_routes
from netrelay.runtime.home import Home
from netrelay.runtime.strict_toml import Mistake

FLEET_FILE = "fleet.toml"
WORDS = {
    word.name: word
    for word in (
        Word("check", "[FILE]", "find the mistakes of a fleet's file; show who reaches whom"),
        Word("card", "NODE --image FILE|...", "write a node's provisioning onto its card"),
        Word("collect", "CARD...", "keep the cards of nodes whose keys were born on the Pi"),
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
            f"fleet {word!r} is none of its words{nearest(word, WORDS)}"
            f" (allowed: {', '.join(WORDS)})",
        )
    code: int = import_module(f"netrelay.cli.fleet_{word}").main(rest, home)
    return code


def help_text() -> str:
    """Give what `netrelay fleet --help` prints."""
    lines = [
        "usage: netrelay fleet WORD ...",
        "",
        f"Many nodes from one file, {FLEET_FILE}: who they are, how they reach each other, who may",
        "do what. It needs no node on this machine. docs/fleet.md has a file to begin with.",
        "",
    ]
    lines += [f"  {f'{w.name} {w.synopsis}':28}  {w.summary}" for w in WORDS.values()]
    lines += ["", "  netrelay fleet WORD --help    more about one of them"]
    return "\n".join(lines)


def read_checked(path: Path) -> tuple[Fleet | None, list[Mistake]]:
    """Give a fleet and all mistakes in its file, its routes and its rights."""
    try:
        fleet, document, mistakes = read_fleet(path)
    except FileNotFoundError:
        raise CommandError(
            Exit.NO_INPUT,
            f"{path}: there is none; `netrelay fleet --help` says what it is, and docs/fleet.md has"
            " one to begin with",
        ) from None
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{path}: {error.strerror}") from error
    if fleet is not None and document is not None:
        check_routes(fleet, document)
        mistakes = document.mistakes
    return fleet, sorted(mistakes)


def good_fleet(path: Path) -> Fleet:
    """Give a fleet without a mistake; CommandError names the first, and how many there are."""
    fleet, mistakes = read_checked(path)
    if fleet is None or mistakes:
        others = len(mistakes) - 1
        more = f" (and {others} more: `netrelay fleet check {path}`)" if others else ""
        raise CommandError(Exit.CONFIG, printable(f"{path}{mistakes[0].text}{more}"))
    return fleet


def find_node(fleet: Fleet, word: str) -> str:
    """Give the node of this name; CommandError names the nearest, and all."""
    if word in fleet.nodes:
        return word
    raise CommandError(
        Exit.DATA,
        f"there is no node {printable(word)!r} in {fleet.path}{nearest(word, fleet.nodes)}"
        f" (nodes: {', '.join(fleet.nodes)})",
    )
