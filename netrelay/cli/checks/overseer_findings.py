"""The peer that netrelay.toml names as overseer, for `netrelay check`."""

from collections.abc import Iterator

from netrelay.cli.errors import nearest
from netrelay.cli.findings import Finding, warn
from netrelay.cli.opening import command
from netrelay.cli.queries.known_peers import peer_names, route_of
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

_SUBJECT = "alarms"


def overseer_findings(
    database: ReadOnlyDatabase, home: Home, own: str, overseer: str
) -> Iterator[Finding]:
    """Name an overseer that cannot be told anything; own: the name of this node."""
    if not overseer:
        return
    said = f"overseer {overseer} of {home.config}"
    names = [peer.name for peer in peer_names(database)]
    if overseer == own:
        what_to_do = "overseer names a peer, or nothing"
        yield warn(_SUBJECT, f"{said} is this node, which tells itself nothing", what_to_do)
    elif overseer not in names:
        hint = nearest(overseer, names)
        enrol = command(home, "peer add CARD")
        what_to_do = f"`{enrol}` enrols it; overseer names a peer, or nothing"
        yield warn(_SUBJECT, f"{said} is no peer here{hint}: it is told nothing", what_to_do)
    elif route_of(database, overseer) is None:
        what_to_do = f"`{command(home, f'peer route {overseer} --direct')}`, or --via NODE"
        yield warn(_SUBJECT, f"{said}: there is no route to it, so it is told nothing", what_to_do)
