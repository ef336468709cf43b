"""What people bring on a boot partition: cards of other nodes, and keys."""

from pathlib import Path

from netrelay.seal.identity import FILES, create
from tests.provisioning.card.boot_partition import Card


def write_peer(card: Card, other: Card) -> str:
    """Copy the card of another node to the boot partition; return its node id."""
    [source] = other.boot.glob("*.card")
    (card.boot / "cards").mkdir(exist_ok=True)
    (card.boot / "cards" / source.name).write_bytes(source.read_bytes())
    return other.node_id


def bring_keys(card: Card, folder: Path) -> str:
    """Write an identity to the boot partition, as a fleet does; return its node id."""
    identity = create(folder / "made")
    (card.boot / "netrelay-keys").mkdir()
    for name in FILES:
        content = (folder / "made" / name).read_bytes()
        (card.boot / "netrelay-keys" / name).write_bytes(content)
    return identity.node_id


def secrets_on(boot: Path, folder: Path) -> list[str]:
    """Return the names of files that contain a part of a secret."""
    secrets = [b"geheim123"]
    if (folder / "made").is_dir():
        made = {name: (folder / "made" / name).read_bytes() for name in FILES}
        secrets += [made["identity.key"].split(b"\n")[1], made["sealing.key"][:32]]
        secrets.append(made["storage.secret"])
    return [
        str(path)
        for path in boot.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]
