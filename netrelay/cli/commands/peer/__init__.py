"""`netrelay peer`: commands about other nodes."""

from netrelay.cli.groups import CommandGroup, Word

GROUP = CommandGroup(
    "peer",
    (
        "The other nodes this one knows, and what each may do here. A peer may do nothing",
        "until it is allowed to.",
    ),
    (
        Word("add", "CARD", "enrol a node by its card, what `netrelay id --card` wrote there"),
        Word("ls", "[NODE]", "show them all, or one in full"),
        Word("allow", "NODE deliver|relay|carry", "let it do something here"),
        Word("deny", "NODE deliver|relay|carry", "take that back"),
        Word("quota", "NODE SIZE|none", "how much of it may lie here unfinished"),
        Word("route", "NODE --via NODE|--direct", "which neighbours take what is for it"),
        Word("ways", "NODE [--add WAY]", "the ways to it, and what each did; add, order, remove"),
        Word("address", "NODE WAY...", "where it is now: HOST[:PORT], or 'HOST by INTERFACE'"),
        Word("rename", "NODE NEW", "call it something else here"),
        Word("ping", "NODE", "try to reach it, and say what fails"),
        Word("rm", "NODE", "forget it"),
    ),
    # One way at a time is what people add.
    {"way": "ways"},
)
main = GROUP.run
