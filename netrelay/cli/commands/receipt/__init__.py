"""`netrelay receipt`: proofs of delivery, written and verified."""

from collections.abc import Sequence

from netrelay.cli.commands.receipt import write
from netrelay.cli.groups import CommandGroup, Word
from netrelay.runtime.home import Home

GROUP = CommandGroup(
    "receipt",
    (
        "The word that a destination has signed: a file of this node is in its inbox. A receipt",
        "file can be verified on any machine. `netrelay receipt FILE` is short for `write`.",
    ),
    (
        Word("write", "JOB|FILE", "write the receipt of what was delivered into a file"),
        Word("custody", "JOB|FILE", "say which relays signed for it, and which had it last"),
        Word("verify", "FILE", "verify such a file, here or on a machine that is no node"),
    ),
)


def main(arguments: Sequence[str], home: Home) -> int:
    """Run the subcommand; any other first word is the job whose receipt is written."""
    is_word = not arguments or arguments[0] in (*GROUP.words, "-h", "--help")
    # One job needs no second word: the first one is a word that was mistyped.
    is_word = is_word or (len(arguments) > 1 and not arguments[1].startswith("-"))
    return GROUP.run(arguments, home) if is_word else write.main(arguments, home)
