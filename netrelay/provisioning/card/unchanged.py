"""Quick check for an unchanged boot partition, without importing the code that applies it.

Most boots change nothing, and a Pi Zero 2 W takes three seconds to import the rest.
"""

from pathlib import Path

from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.card.leftovers import remove_leftovers
from netrelay.provisioning.system.applied import read_applied
from netrelay.provisioning.system.reset_state import wanted_reset
from netrelay.provisioning.system.target_system import TargetSystem


def is_unchanged(boot: Path, system: TargetSystem) -> bool:
    """Return True when the boot partition is applied and no secret is left to be wiped.

    Then also removes the error file of a mistake that was reverted since. Removes what a power cut
    left there (leftovers.py).
    """
    if boot_folder.reset_file(boot) is not None or wanted_reset(system):
        return False
    applied = read_applied(system)
    if applied.to_wipe or not applied.fingerprint or not system.home.database.exists():
        return False
    remove_leftovers(boot)
    if boot_folder.fingerprint(boot_folder.read_files(boot)) != applied.fingerprint:
        return False
    if not boot_folder.has_reports(boot):
        return False
    boot_folder.remove(boot, boot_folder.ERROR_FILE)
    return True
