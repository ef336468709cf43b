"""`netrelay card`: commands about the card that this machine runs from."""

from netrelay.cli.groups import CommandGroup, Word

GROUP = CommandGroup(
    "card",
    (
        "The card of the image, whose root file system is read-only. docs/card.md says what lasts",
        "and what does not.",
    ),
    (
        Word("status", "", "is the root read-only, how full is it, how old are its updates"),
        Word("unlock", "", "make the root writable at the next boot, until the one after it"),
        Word("stick", "DEVICE", "carry in and out by a stick that is plugged in"),
        Word("update", "", "install security updates now"),
    ),
)
main = GROUP.run
