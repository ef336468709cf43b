"""`netrelay fleet`: commands about many nodes, from one file."""

from netrelay.cli.groups import CommandGroup, Word

GROUP = CommandGroup(
    "fleet",
    (
        "Many nodes from one file, fleet.toml: who they are, how they reach each other, who may",
        "do what. It needs no node on this machine. docs/fleet.md has a file to begin with.",
    ),
    (
        Word("check", "[FILE]", "find the mistakes of a fleet's file; show who reaches whom"),
        Word("card", "NODE --image FILE|...", "write a node's provisioning onto its card"),
        Word("collect", "CARD...", "keep the cards of nodes whose keys were born on the Pi"),
    ),
)
main = GROUP.run
