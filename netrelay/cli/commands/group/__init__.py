"""`netrelay group`: names that stand for several nodes."""

from netrelay.cli.groups import CommandGroup, Word

GROUP = CommandGroup(
    "group",
    (
        "A group is an identity that several nodes hold: whichever of them is reached takes what",
        "is sent to it. Members type new or join; sources type `netrelay peer add` of its card.",
    ),
    (
        Word("new", "NAME", "make a group, and be its first member"),
        Word("key", "NAME FILE", "write its keys to FILE, for another member: keep it secret"),
        Word("join", "FILE", "become a member by such a file"),
        Word("card", "NAME FILE", "write its card to FILE, for the sources"),
        Word("ls", "", "show the groups of this node, and those that it sends to"),
        Word("leave", "NAME", "be no member any more"),
    ),
)
main = GROUP.run
