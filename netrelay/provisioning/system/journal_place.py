"""Where the journal of the system is stored: in memory, as the image has it, or on the card."""

from netrelay.provisioning.system.target_system import TargetSystem

CONFIG = "/etc/systemd/journald.conf.d/zz-netrelay.conf"
# Four times what the image allows it in memory: some weeks of a quiet node.
_ON_CARD = (
    "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"
    "[Journal]\nStorage=persistent\nSystemMaxUse=64M\n"
)


def place_journal(system: TargetSystem, is_kept: bool) -> bool:
    """Store the journal on the card or in memory, from the next boot on; False if unchanged."""
    return system.write(CONFIG, _ON_CARD) if is_kept else system.remove(CONFIG)
