"""`netrelay carry`: files and texts by hand, on a USB stick or any other medium."""

from netrelay.cli.groups import CommandGroup, Word

GROUP = CommandGroup(
    "carry",
    (
        "What waits for a node is copied to a medium, sealed, and taken from it at the other end;",
        "the receipt comes back the same way. It may still go by another way: what comes first",
        "counts. DIR is where the medium is mounted; all of it lies in its folder `netrelay`.",
    ),
    (
        Word("out", "DIR --to NODE|--all", "copy what waits to the medium"),
        Word("in", "DIR", "take what lies there for this node, or to be carried on"),
    ),
)
main = GROUP.run
