"""exporter: puts complete files and directories into the inbox.

Reads:   work_exporter, health, inbox/.staging/
Writes:  inbox/.unpacking/, inbox/<source>/<name> (link or rename), files, hooks, delivery_troubles;
         owed_landings (what has to land in the store first);
         inbox/<source>/.unfinished/ where that folder is on another disk; renames inbox/<source>;
         removes what is old from sent/ and from the history; notes the clock and the room on disks;
         alarms, alarm_tellers, texts for the overseer; runs the programs post_receive and on_alarm
Reports: exported, undeliverable, expired, unbegun, let-go, created (an alarm, for the overseer)
Sleeps:  on its bell, until the next lifetime ends or the next delivery is due, a minute
"""

import errno

from netrelay.core.words import FileKind, WireError
from netrelay.runtime.log import DELIVERY_FAILED, NO_MOVE, STAGED_NOT_REMOVED
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.store.coming_files import (
    Complete,
    complete_files,
    copies_not_placed,
    forget_copies,
    name_files,
    named_directories,
    note_copied,
    note_unpacked,
    unname_files,
    unpacked_files,
)
from netrelay.store.database import Work
from netrelay.store.delivery_troubles import stored_trouble
from netrelay.store.facts import Facts
from netrelay.store.hooks import owe_hooks
from netrelay.store.jobs import close_files
from netrelay.store.landings import owe_landings
from netrelay.store.timers import due_timers, next_due_s
from netrelay.transfer.alarm_runs import AlarmRuns
from netrelay.transfer.content_hashes import ContentHashes, is_large
from netrelay.transfer.copying import CopyGoneError, make_hidden_folder
from netrelay.transfer.decompression import Decompression, plain_name
from netrelay.transfer.delivery import Delivery
from netrelay.transfer.delivery_failure import delivery_trouble
from netrelay.transfer.inbox_copies import InboxCopies
from netrelay.transfer.post_receive import PostReceive
from netrelay.transfer.removed_folders import log_made_again
from netrelay.transfer.renamed_folders import OF_EXPORTER, RenamedFolders
from netrelay.transfer.retention import Retention
from netrelay.transfer.unpacking import Unpacker

_BATCH = 256
# Batches of other sources in one step, where those before are full of what has to be made.
_MORE_BATCHES = 8
# Never called delivered: its source keeps its copy, and a person there may send it again.
_GONE = "its bytes are gone from the staging folder"


class Exporter(Process):
    """Delivers one batch a step: names committed, linked, flushed, then reported."""

    name = "exporter"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        home = node.home
        self._delivery = Delivery(home.inbox, home.staging, home.unpacking)
        self._decompression = Decompression(home.staging, home.unpacking)
        self._hashes = ContentHashes(home.staging)
        kept = {plain_name(name) for name in unpacked_files(self._database)}
        self._unpacker = Unpacker(
            home.staging, home.unpacking, named_directories(self._database), kept
        )
        self._last_unpacked = ""  # the source of the last directory
        self._copies = InboxCopies(
            home.inbox, home.staging, lambda: copies_not_placed(self._database)
        )
        self._facts = Facts(node.database, lambda error: node.log.write(NO_MOVE, error=error))
        self._hook = PostReceive(node)
        self._alarms = AlarmRuns(node)
        self._retention = Retention(node)
        self._renamed = RenamedFolders(node, OF_EXPORTER)

    def step(self) -> float | None:
        """Deliver one batch; end what has outlived its time."""
        # The program that runs for an arrival was told its path.
        if not self._hook.is_running:
            self._renamed.advance()
        hook_s = self._hook.advance()
        alarm_s = self._alarms.advance()
        history_s = self._retention.advance()
        log_made_again(self._node)
        self._copies.look_again()
        complete = self._complete()
        if not complete:
            self._end_lifetimes()
            return self._sleep_s(hook_s, alarm_s, history_s)
        ready = self._landed(self._made_ready(complete))
        if ready:
            self._deliver(ready)
        else:
            self._end_lifetimes()
        return 0

    def _complete(self) -> list[Complete]:
        """Return a batch; while it is full, with one of sources that have nothing to be made."""
        batch = complete_files(self._database, _BATCH)
        complete = {item.message: item for item in batch}
        slow: set[str] = set()
        for _ in range(_MORE_BATCHES):
            found = self._slow_sources(batch) - slow
            if len(batch) < _BATCH or not found:
                break
            slow |= found
            batch = complete_files(self._database, _BATCH, slow)
            complete.update((item.message, item) for item in batch)
        return list(complete.values())

    def _slow_sources(self, batch: list[Complete]) -> set[str]:
        """Return who sent what is unpacked, read, or copied to a slow disk: few are in one step."""
        return {
            item.source_name
            for item in batch
            if not item.delivered
            and (
                item.plain is not None
                or item.kind is FileKind.DIRECTORY
                or is_large(item)
                or self._copies.folder(item.source_name) is not None
            )
        }

    def _made_ready(self, complete: list[Complete]) -> list[Complete]:
        """Make a part of a file, a directory and a copy; return what can be put in its place."""
        ready: list[Complete] = []
        packed: list[Complete] = []
        uncopied: list[Complete] = []
        complete = self._hashes.advance(self._decompressed(complete))
        for item in complete:
            if self._is_ready(item):
                ready.append(self._with_hash(self._with_copy(item)))
            else:
                (packed if item.kind is FileKind.DIRECTORY else uncopied).append(item)
        # One that is half made goes on, whatever else is due by now: it would begin again. Then
        # another source has its turn.
        packed.sort(
            key=lambda each: (
                not self._unpacker.is_begun(each.staged_name),
                each.source_name == self._last_unpacked,
            )
        )
        for item in packed[:1]:
            self._last_unpacked = item.source_name
            self._unpack(item)
        return ready + self._copy(uncopied)

    def _landed(self, ready: list[Complete]) -> list[Complete]:
        """Hand what has to land in the store to lander; return what need not, or has.

        Its receipt is owed when this process reports it, which it does only for what it returns.
        """
        to_land = [item for item in ready if item.is_to_land and not item.delivered]
        owed: dict[int, tuple[int, int, bytes]] = {}
        for item in to_land:
            if self._delivery.is_gone(item, is_fresh=True):
                self._give_up(item, _GONE)
            elif item.content_hash is None:
                self._postpone([(item, OSError(errno.EIO, "it cannot be read"))], [])
            else:
                # Two attempts of one file land once.
                owed.setdefault(item.file, (item.file, item.message, item.content_hash))
        if owed:
            with self._database.transaction():
                owe_landings(self._database, owed.values())
        return [item for item in ready if item not in to_land]

    def _decompressed(self, complete: list[Complete]) -> list[Complete]:
        """Decompress some of what came compressed; return what did not, or is done already."""
        usual: list[Complete] = []
        compressed: list[Complete] = []
        for item in complete:
            if item.plain is not None and not item.delivered:
                compressed.append(item)
            elif not item.is_unpacked or item.delivered or self._is_placed(item):
                usual.append(item)
        for item in self._decompression.next_of(compressed):
            self._decompress(item)
        return usual

    def _is_placed(self, item: Complete) -> bool:
        """Put what was unpacked in its place; return False if the disk fails."""
        try:
            self._decompression.place(item.staged_name)
        except OSError as error:
            self._postpone([(item, error)], [])
            return False
        return True

    def _decompress(self, item: Complete) -> None:
        """Decompress a part of a file; the next step delivers it when it is complete."""
        try:
            if self._decompression.advance(item):
                with self._database.transaction():
                    note_unpacked(self._database, item.message)
                self._decompression.place(item.staged_name)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._delivery.is_staged(item):
                self._give_up(item, _GONE)
            else:
                self._postpone([(item, error)], [])
        except WireError as error:
            self._give_up(item, str(error))

    def _is_ready(self, item: Complete) -> bool:
        """Return whether no part has to be made before it can be put in its place."""
        if item.delivered or item.inbox_name is not None or item.copied is not None:
            return True
        if item.is_only_landed:
            return True
        if item.kind is FileKind.FILE:
            # The staged file is uploaded to the store.
            return item.is_to_land or self._copies.folder(item.source_name) is None
        return self._unpacker.is_whole(item.staged_name)

    def _with_copy(self, item: Complete) -> Complete:
        """Return a directory with the note where it was unpacked."""
        if self._unpacker.is_elsewhere(item.staged_name):
            return item._replace(copied=item.copied or item.staged_name)
        return item

    def _with_hash(self, item: Complete) -> Complete:
        """Return a directory with its hash; one with a name had it stored with that."""
        if item.kind is not FileKind.DIRECTORY or item.inbox_name is not None:
            return item
        return item._replace(content_hash=self._unpacker.content_hash(item.staged_name))

    def _unpack(self, item: Complete) -> None:
        folder = self._copies.folder(item.source_name)
        try:
            within = None if folder is None else make_hidden_folder(folder)
            self._unpacker.advance(item.staged_name, item.size_bytes, within)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._delivery.is_staged(item):
                self._give_up(item, _GONE)
            else:
                self._postpone([(item, error)], [])
        except WireError as error:
            self._give_up(item, str(error))

    def _copy(self, uncopied: list[Complete]) -> list[Complete]:
        gone = [item for item in uncopied if self._delivery.is_gone(item, is_fresh=True)]
        for item in gone:
            self._give_up(item, _GONE)
        copied, failed = self._copies.advance([item for item in uncopied if item not in gone])
        if failed:
            self._postpone(failed, [])
        return copied

    def _deliver(self, ready: list[Complete]) -> None:
        self._end_landed([item for item in ready if item.is_only_landed])
        ready = [item for item in ready if not item.is_only_landed]
        names = self._delivery.choose_names(ready)
        # Two attempts of one file have one name, and one copy gets it.
        copies = {item.file: item.copied for item in ready if item.copied and item.file in names}
        hashes: dict[int, bytes | None] = {}
        for item in ready:
            # Of attempts with different contents it is not known yet which one is put there.
            is_one = hashes.get(item.file, item.content_hash) == item.content_hash
            hashes[item.file] = item.content_hash if is_one else None
        if names:
            with self._database.transaction():
                name_files(self._database, names, hashes)
                note_copied(self._database, copies)
        named = [
            item._replace(
                inbox_name=names.get(item.file, item.inbox_name),
                copied=copies.get(item.file, item.copied),
            )
            for item in ready
        ]
        put = self._delivery.put(named, names.keys())
        there, clashed, failed, unflushed, gone, unremoved = put
        if there or clashed:
            with self._database.transaction():
                unname_files(self._database, [item.file for item in clashed])
                self._report(there)
        for item in gone:
            self._give_up(item, _GONE)
        if failed or unflushed:
            self._postpone(failed, unflushed)
        self._forget(there, unremoved)

    def _end_landed(self, landed: list[Complete]) -> None:
        """Report what is in the store, and stays there alone; remove its staged bytes then."""
        if landed:
            with self._database.transaction():
                self._report(landed)
            for item in landed:
                if item.kind is FileKind.DIRECTORY:
                    self._unpacker.unpack_again(item.staged_name)
            self._forget(landed, self._delivery.remove_staged(landed))

    def _report(self, there: list[Complete]) -> None:
        """Report what is where it belongs; inside a transaction."""
        close_files(self._database, [item.file for item in there])
        self._facts.report_all((item.message for item in there), "exported")
        if self._hook.is_wanted:
            fresh = [item for item in there if not item.delivered]
            owe_hooks(self._database, ((item.file, item.message) for item in fresh))

    def _forget(self, there: list[Complete], unremoved: list[tuple[Complete, OSError]]) -> None:
        for item in there:
            self._unpacker.forget(item.staged_name)
        for item, error in unremoved:
            self._node.log.write(STAGED_NOT_REMOVED, name=item.staged_name, error=error)
        self._node.counters.add("files_out", len(there))

    def _postpone(
        self,
        failed: list[tuple[Complete, OSError]],
        unflushed: list[tuple[Complete, OSError]],
    ) -> None:
        """Store why these are not in the inbox; until they are due again, others are delivered."""
        gone = [item for item, error in failed if isinstance(error, CopyGoneError)]
        for item, error in failed:
            if error.errno == errno.EXDEV or item in gone:
                self._unpacker.unpack_again(item.staged_name)
        troubles = [(item, error, delivery_trouble(error)) for item, error in failed + unflushed]
        for item, error, trouble in troubles:
            if trouble != stored_trouble(self._database, item.file):
                self._node.log.write(DELIVERY_FAILED, name=item.name, error=error)
        with self._database.transaction():
            # Not linked. With a name, a file that is missing from the staging folder by the next
            # try would look like one that an earlier run has delivered.
            unname_files(self._database, [item.file for item, _ in failed if not item.delivered])
            forget_copies(self._database, [item.file for item in gone])
            self._facts.report_delivery_troubles(
                (item.message, *trouble) for item, _, trouble in troubles
            )

    def _give_up(self, item: Complete, reason: str) -> None:
        self._node.log.write(DELIVERY_FAILED, name=item.name, error=reason)
        self._unpacker.forget(item.staged_name)
        with self._database.transaction():
            unname_files(self._database, [item.file])
            self._facts.report(item.message, "undeliverable", reason)

    def _sleep_s(self, hook_s: float | None, alarm_s: float | None, history_s: float) -> float:
        """Return how long nothing is to be done."""
        due_s = next_due_s(self._database)
        again_s = self._renamed.again_s()
        return min(
            each for each in (history_s, due_s, hook_s, alarm_s, again_s) if each is not None
        )

    def _end_lifetimes(self) -> None:
        self._database.store_found(
            Work(lambda: due_timers(self._database, _BATCH), self._report_due)
        )

    def _report_due(self, due: list[tuple[int, str]]) -> None:
        for message, event in due:
            self._facts.report_due(message, event)

    def close(self) -> None:
        """Kill the programs that run, which run again at the next start; note the clock."""
        self._copies.close()
        self._decompression.close()
        self._hashes.close()
        self._hook.close()
        self._alarms.close()
        self._retention.close()


PROCESS = Exporter
