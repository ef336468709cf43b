"""Checks of a card's root file system and its security updates, for `netrelay check`."""

import time
from collections.abc import Iterator
from pathlib import Path

from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.opening import command_there
from netrelay.cli.text import duration, size
from netrelay.provisioning.system.card_root import CARD, UNLOCKED, CardRoot, read_card_root
from netrelay.provisioning.updates.update_record import RECORD, UpdateRecord, read_record

_FULL_PART = 0.9
# An update unpacks beside what it replaces.
_LITTLE_ROOT_BYTES = 64 << 20
_OLD_S = 14 * 86_400
_UPDATE = command_there("card update")


def card_findings(card: Path = CARD) -> Iterator[Finding]:
    """Check root, memory over it, and updates; nothing on a machine that is no card."""
    root = read_card_root(card)
    if root is None:
        return
    yield _root(root)
    if root.memory_part >= _FULL_PART:
        text = f"the memory for changes to /var is {root.memory_part:.0%} full"
        yield fail(
            "root", text, "`sudo du -xah /var | sort -h | tail` finds what; a restart frees it"
        )
    if root.free_bytes < _LITTLE_ROOT_BYTES:
        text = f"it is full: {size(root.free_bytes)} free"
        yield warn("root", text, "updates do not fit any more: flash a newer image")
    if root.damage:
        text = f"{root.damage}; this card was started empty"
        yield warn("card", text, "a card that was damaged without a reason is worn out")
    if root.is_read_only:
        yield _updates(read_record(card / RECORD.relative_to(CARD)))


def _root(root: CardRoot) -> Finding:
    if root.is_read_only:
        part = f"{root.memory_part:.0%} of the memory for changes to /var is used"
        return ok("root", f"read-only, {size(root.free_bytes)} free; {part}")
    if root.mode == UNLOCKED:
        text = f"writable until the next boot (`{command_there('card unlock')}`)"
        return warn("root", text, "`sudo systemctl reboot` makes it read-only again")
    why = f": {root.why}" if root.why else ""
    return warn("root", f"writable{why}", "a power cut may hurt it; docs/card.md")


def _updates(record: UpdateRecord) -> Finding:
    now_s = time.time()
    said = f"; last run: {record.outcome}" if record.outcome else ""
    if not record.good_s:
        return warn("updates", f"none was installed yet{said}", f"`sudo {_UPDATE}`")
    age = duration(max(0.0, now_s - record.good_s))
    if now_s - record.good_s > _OLD_S:
        return warn("updates", f"the last good run is {age} ago{said}", f"`sudo {_UPDATE}`")
    if record.to_restart:
        text = (
            f"the last run was {age} ago; replaced files are used by {', '.join(record.to_restart)}"
        )
        return warn("updates", text, "`sudo systemctl reboot`")
    last = ""
    if record.installed_s and record.installed_s != record.good_s:
        last = f"; the last one installed something {duration(now_s - record.installed_s)} ago"
    return ok("updates", f"the last run was {age} ago: {record.outcome}{last}")
