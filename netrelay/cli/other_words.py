"""Words of other programs that are no commands here, and what is typed instead."""

from netrelay.cli.opening import command
from netrelay.runtime.home import Home

_UNITS = "where systemd runs the node, `sudo systemctl {} netrelay.target` does it"


def instead_of(word: str, home: Home) -> str | None:
    """Return what to type instead of a word that is no command; None for an unknown one."""

    def typed(words: str) -> str:
        return f"`{command(home, words)}`"

    up = typed("up")
    ends = f"Ctrl-C, or SIGTERM to its pid, ends {up}; {_UNITS.format('stop')}"
    return {
        "start": f"{up} starts the node; {_UNITS.format('start')}",
        "stop": ends,
        "down": ends,
        "restart": f"end {up} with Ctrl-C and start it again; {_UNITS.format('restart')}",
        "add": f"{typed('peer add CARD')} enrols a node,"
        f" {typed('send FILE --to NODE')} sends a file",
        "peers": f"{typed('peer ls')} shows the other nodes",
        "queue": f"{typed('jobs --waiting')} shows what waits",
        "receive": f"{typed('inbox')} lists what came into the folder inbox/NODE",
    }.get(word)
