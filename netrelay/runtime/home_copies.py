"""Two homes of one node on this machine: one is a copy of the other, and both want its ports."""

from pathlib import Path

from netrelay.runtime.own_node import node_of_certificate
from netrelay.runtime.port_holder import holding_home
from netrelay.seal.seal_errors import IdentityError

_CERTIFICATE = Path("keys") / "identity.crt"


def running_twin(home: Path, address: str, port: int) -> str:
    """Return what to do where a node with the identity of this home holds the port; "" else.

    Its certificate says so; one that this user may not read says nothing.
    """
    other = holding_home(address, port)
    if other is None or other.resolve() == home.resolve():
        return ""
    try:
        own = node_of_certificate(home / _CERTIFICATE)
        if node_of_certificate(other / _CERTIFICATE) != own:
            return ""
    except (IdentityError, OSError):
        return ""
    return (
        f"{home} and {other} are copies of one node, {own}: only one of them may run. Leave this"
        " one stopped, or stop the other one and never start it again; for a second node, make"
        " an empty home with netrelay init NAME --home DIR"
    )
