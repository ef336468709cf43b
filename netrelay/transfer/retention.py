"""Retention: the deletion of old rows of the history, and of files in sent/ after their time.

Once a minute, when a process is awake for this anyway, the node's clock is noted if it is due, the
room on the disks if it changed much, and with them what was written to the disk of the home; a WAL
that a long reader made large is cut.
"""

import os
from contextlib import suppress

from netrelay.disk.card_life import used_life_percent
from netrelay.disk.folders import flush_folder
from netrelay.disk.kept_free import disk_level
from netrelay.disk.mounts import is_on_another_mount
from netrelay.disk.removal import remove_entry
from netrelay.disk.reserve import keep_reserve
from netrelay.runtime.log import SENT_NOT_REMOVED
from netrelay.runtime.node import Node
from netrelay.store.database_errors import DiskFullError
from netrelay.store.disks import DiskRoom, note_disks
from netrelay.store.history import (
    count_former_jobs,
    count_messages,
    forget_sent,
    newest_message,
    outdated_sent,
    prune,
    prune_former_jobs,
    prune_keys,
    prune_refusals,
)
from netrelay.store.relay_custody import prune_custody
from netrelay.transfer.written_days import WrittenDays

_INTERVAL_S = 60.0
_DAY_S = 86_400.0
# The most that a power cut takes from the ages of lifetimes: with the interval ten minutes.
_LONGEST_UNNOTED_S = 540.0
_SHORTEST_UNNOTED_S = 30.0
# The same for what is kept for days.
_LONGEST_UNNOTED_DAYS_S = 3600.0
# A peer that is still refused something tries again within hours, unless it is off.
_REFUSALS_S = 7 * _DAY_S
_ROOTS_A_BATCH = 128
_FILES_A_BATCH = 64
# A count reads a whole index, so it is repeated only after so many rows, as a share of the limit.
_COUNT_AGAIN_PERCENT = 5


class Retention:
    """The retention of one node, in small batches, oldest first.

    A batch is one transaction of a few milliseconds, so other writers hardly wait. Rows beyond
    `history_rows` are counted rarely; in between, the known surplus is reduced batch by batch.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._config = node.config
        self._began_s = self._database.now_s()
        self._due_s = 0.0
        self._counted_at: int | None = None
        self._surplus_rows = 0
        self._surplus_former = 0
        self._written = WrittenDays(node)

    def advance(self) -> float:
        """Delete one batch if it is due, and return the seconds until the next call."""
        now_s = self._database.now_s()
        if now_s < self._due_s:
            return self._due_s - now_s
        if self._advance_history(now_s) or self._advance_sent(now_s):
            return 0.0
        keep_reserve(self._node.home.reserve)
        is_day_over = self._written.look()
        self._note_clock(now_s)
        self._note_disks(is_day_over)
        self._database.shrink_log()
        self._due_s = now_s + _INTERVAL_S
        return _INTERVAL_S

    def _note_clock(self, now_s: float) -> None:
        """Note the clock more often while the run is young: many runs may be short."""
        half_s = max((now_s - self._began_s) / 2, _SHORTEST_UNNOTED_S)
        self._database.note_clock(
            min(half_s, _LONGEST_UNNOTED_S),
            min(half_s, _LONGEST_UNNOTED_DAYS_S),
            self._written.store,
        )

    def _note_disks(self, is_due: bool) -> None:
        """Note the room on the disk of the home, and on that of the inbox where it is another."""
        home = self._node.home
        folders = {".": home.path}
        if is_on_another_mount(home.inbox, home.path):
            folders["inbox"] = home.inbox
        found = []
        for name, folder in folders.items():
            with suppress(OSError):
                disk = os.statvfs(folder)
                free_bytes, all_bytes = (
                    blocks * disk.f_frsize for blocks in (disk.f_bavail, disk.f_blocks)
                )
                level = disk_level(free_bytes, all_bytes, disk.f_files, disk.f_favail)
                found.append(
                    DiskRoom(name, level.value, free_bytes, all_bytes, used_life_percent(folder))
                )
        with suppress(DiskFullError):
            note_disks(self._database, found, self._written.store, is_due)

    def close(self) -> None:
        """Note the clock and what was written: an orderly stop loses nothing of them."""
        self._written.close()
        with suppress(DiskFullError):
            self._database.note_clock(0.0, 0.0)

    def _advance_history(self, now_s: float) -> bool:
        prune_refusals(self._database, now_s - _REFUSALS_S)
        before_s = now_s - self._config.history_days * _DAY_S
        self._count(before_s)
        rows = prune(
            self._database,
            before_s,
            self._surplus_rows,
            self._config.keep_sent_days == 0,
            _ROOTS_A_BATCH,
        )
        self._surplus_rows = max(self._surplus_rows - rows, 0)
        prune_custody(self._database, before_s)
        former = prune_former_jobs(self._database, before_s, self._surplus_former)
        self._surplus_former = max(self._surplus_former - former, 0)
        if rows or former:
            return True
        # The rest of the surplus cannot be deleted yet, such as jobs whose file is not put away. It
        # is part of the next count.
        self._surplus_rows = 0
        return False

    def _count(self, before_s: float) -> None:
        newest = newest_message(self._database)
        step = max(self._config.history_rows * _COUNT_AGAIN_PERCENT // 100, 1)
        if self._counted_at is None or not 0 <= newest - self._counted_at < step:
            self._counted_at = newest
            self._surplus_rows = count_messages(self._database) - self._config.history_rows
            surplus = count_former_jobs(self._database) - self._config.former_jobs
            self._surplus_former = max(surplus, 0)
            with self._database.transaction():
                prune_keys(self._database, before_s)

    def _advance_sent(self, now_s: float) -> bool:
        days = self._config.keep_sent_days
        if not days:
            return False
        outdated = outdated_sent(self._database, now_s - days * _DAY_S, _FILES_A_BATCH)
        removed = [(file, place) for file, place in outdated if self._remove(place)]
        if removed:
            with self._database.transaction():
                forget_sent(self._database, removed)
        return len(removed) == _FILES_A_BATCH

    def _remove(self, place: bytes) -> bool:
        path = self._node.home.path / os.fsdecode(place)
        try:
            remove_entry(path)
            if path.parent.is_dir():
                flush_folder(path.parent)
        except OSError as error:
            self._node.log.write(SENT_NOT_REMOVED, name=path.name, error=error)
            return False
        return True
