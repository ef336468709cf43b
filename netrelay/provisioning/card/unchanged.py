"""Whether there is anything to do at a boot, answered without loading what would do it.

Most boots find what the last one left; a Pi Zero 2 W would load the rest for three seconds.
"""

from pathlib import Path

from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.system.applied import read_applied
from netrelay.provisioning.system.machine import Machine


def is_unchanged(boot: Path, machine: Machine) -> bool:
    """Tell whether what lies on the boot partition was applied, and nothing is left to be wiped.

    A mistake that was taken back leaves its file there, which is removed.
    """
    applied = read_applied(machine)
    if applied.to_wipe or not applied.fingerprint or not machine.home.database.exists():
        return False
    if boot_folder.fingerprint(boot_folder.read_files(boot)) != applied.fingerprint:
        return False
    boot_folder.remove(boot, boot_folder.ERROR_FILE)
    return True
