"""importer: claims files from the drop folders and commits a job for each.

Reads:   drop/<peer>/, work_importer, wishes
Writes:  drop/.claimed/ (rename; of a drop folder on another disk: drop/<peer>/.claimed/),
         drop/.compressed/, files and type-6 jobs, passed_over; sent/ or failed/ when a job has
         ended; folders of renamed peers
Reports: created
Sleeps:  on inotify, its bell and a flush; until an entry has to be checked again
"""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.unfinished_names import is_unfinished
from netrelay.disk.folders import flush_folder, is_folder
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.runtime.log import (
    CLAIM_FAILED,
    CLAIM_FOUND,
    CLAIM_OF_NOBODY,
    LEFT_ALONE,
    NO_PEERS_FOLDER,
    NO_SUCH_PEER,
)
from netrelay.runtime.loop import Process
from netrelay.runtime.mount_changes import watched_mounts
from netrelay.runtime.node import Node
from netrelay.runtime.peer_book import PeerBook
from netrelay.store.database_errors import DiskFullError
from netrelay.store.jobs import (
    known_claims,
)
from netrelay.store.old_folders import CLAIMS, DROP, folder_names, old_folders
from netrelay.store.peers import Peer
from netrelay.store.wishes import Wish, add_wish
from netrelay.transfer.claims import (
    Claimed,
    Claims,
)
from netrelay.transfer.drop_folders import DropFolders
from netrelay.transfer.ended_files import EndedFiles
from netrelay.transfer.new_jobs import NewJobs
from netrelay.transfer.passed_over import PassedOver
from netrelay.transfer.removed_folders import log_made_again
from netrelay.transfer.renamed_folders import OF_IMPORTER, RenamedFolders
from netrelay.transfer.settle_times import settle_times
from netrelay.transfer.sidecar import sidecar_of
from netrelay.transfer.unusable_folders import UnusableFolders

_BATCH = 256


class Importer(Process):
    """The importer of one node.

    A file goes from the drop folder into a claim (renamed), is flushed (durable) and gets a job
    (committed); in between it may be compressed. The disk is ahead of the database here: after a
    crash a claim may have no row, so claims without one are adopted at each start, and when a peer
    is added. transfer/new_jobs.py flushes claims and makes their jobs; when a job has ended,
    transfer/ended_files.py puts its file away.
    """

    name = "importer"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._home = node.home
        self._ignored = IgnoredNames(node.config.ignore)
        known = partial(known_claims, node.database)
        self._claims = Claims(node.home.path, node.home.claims, self._ignored, known)
        self._ended = EndedFiles(node)
        settle = partial(settle_times, node.config)
        self._drops = DropFolders(node.home.drop, settle, self._ignored)
        self._strays: set[str] = set()
        # Folders of peers that were removed: nobody watches them, and they are looked at until they
        # are gone, or something is put into them.
        self._left_empty: set[str] = set()
        self._unusable = UnusableFolders(node.log)
        # By peer and name: entries that cannot be taken, with the error that was logged.
        self._untaken: dict[str, dict[bytes, int | None]] = {}
        self._passed_over = PassedOver(node.database)
        node.poller.watch(self._drops.fileno())
        # A disk that is mounted over a drop folder causes no event of the folder.
        self._mounts = watched_mounts(node.poller)
        self._book = PeerBook(node)
        # Keys: names of drop folders.
        self._peers: dict[str, Peer] = {}
        # Names of drop folders, by node id.
        self._folders: dict[str, str] = {}
        self._jobs = NewJobs(node)
        self._renamed = RenamedFolders(node, OF_IMPORTER)
        self._looks_at_all = True
        self._follow_changes()
        if not self._peers:
            self._adopt_claims()

    def step(self) -> float | None:
        """Put away one batch of ended jobs, and claim the ready entries of the dirty folders."""
        log_made_again(self._node)
        self._drops.read_events()
        if self._mounts is not None and self._node.poller.is_ready(self._mounts):
            self._looks_at_all = True
            self._unusable.try_again()
            self._jobs.try_again()
            self._adopt_claims()
        noted = self._jobs.finish_flush(self._book.peers)
        self._rename_folders()
        self._follow_changes()
        for name in (self._folders[node] for node in noted if node in self._folders):
            self._drops.scan_again(name)
        delays_s = [self._ended.put_away(), self._renamed.again_s()]
        # Ready entries stay in the drop folders while no job can be stored.
        for name in [] if self._node.database.is_disk_full else self._drops.dirty():
            if self._unusable.is_left_alone(name):
                continue
            try:
                delays_s += self._take_from(name)
            except OSError as error:
                self._unusable.note(name, error)
                self._drops.scan_again(name)
            else:
                self._unusable.forget(name)
        delays_s += [self._note_strays(), self._jobs.begin_flush(), self._unusable.again_s()]
        delays_s.append(self._jobs.compress(self._book.peers))
        return min((delay_s for delay_s in delays_s if delay_s is not None), default=None)

    def _take_from(self, name: str) -> list[float | None]:
        """Claim what is ready in one folder; return the times until it is to be scanned again."""
        scan = self._drops.scan(name)
        for entry, reason in scan.skipped:
            self._node.log.write(
                LEFT_ALONE, name=os.fsdecode(entry), folder=f"drop/{name}", reason=reason
            )
        try:
            self._store_wishes(self._home.drop / name, scan.wishes)
        except DiskFullError:
            self._drops.scan_again(name)
            raise
        untaken = self._claim(name, scan.ready)
        self._remove_sidecars(self._home.drop / name, scan.wishes)
        reasons = dict(scan.left) | untaken | self._jobs.held_back(self._peers[name].node)
        return [scan.again_s, self._note_left(name, reasons)]

    def _note_left(self, name: str, reasons: dict[bytes, str]) -> float | None:
        """Store what is left in a folder; return the time until it has to be scanned again."""
        try:
            delay_s = self._passed_over.follow(name, reasons)
        except DiskFullError:
            self._drops.scan_again(name)
            raise
        with suppress(FileNotFoundError):  # the folder; it is made, and scanned, at the next step
            self._drops.await_removal(name, self._passed_over.stored_of(name, reasons))
        if delay_s is not None:
            self._drops.scan_again(name)
        return delay_s

    def close(self) -> None:
        """Leave what is being copied, or compressed; it begins again at the next start."""
        self._ended.close()
        self._jobs.close()

    def _rename_folders(self) -> None:
        """Rename folders of renamed peers, when no claim below an old name lacks its row."""
        if self._jobs.is_idle and self._renamed.advance():
            self._book = PeerBook(self._node)
            self._looks_at_all = True

    def _follow_changes(self) -> None:
        """Look at the folders of peers that have changed, and at all when watches were lost.

        A hub has a folder for each of thousands of peers: a step that looked at all would cost more
        than all else that it does.
        """
        changed = self._book.refresh()
        names = self._drops.take_changed()
        self._looks_at_all |= self._drops.take_moved() or self._unusable.again_s() == 0
        if self._looks_at_all or any(self._is_renamed(node) for node in changed):
            self._looks_at_all = False
            self._follow_all()
            return
        removed = {self._folders[node] for node in changed if self._is_removed(node)}
        # Those that are gone first: another peer may have the name of one by now.
        for node in sorted(changed, key=self._book.peers.__contains__):
            self._follow_peer(node, names)
        removed |= self._left_empty
        if names or removed:
            self._look_at(names | removed, removed)

    def _is_renamed(self, node: str) -> bool:
        peer = self._book.peers.get(node)
        return peer is not None and self._folders.get(node, peer.name) != peer.name

    def _is_removed(self, node: str) -> bool:
        return node in self._folders and node not in self._book.peers

    def _follow_peer(self, node: str, names: set[str]) -> None:
        """Adopt a peer that has changed; add the name of a folder that is to be looked at."""
        peer = self._book.peers.get(node)
        if peer is None:
            name = self._folders.pop(node, None)
            if name is not None:
                names.add(name)
                del self._peers[name]
                self._drops.unwatch_one(name)
                self._unusable.forget(name)
        else:
            if node not in self._folders:
                names.add(peer.name)
                self._folders[node] = peer.name
            self._peers[peer.name] = peer

    def _look_at(self, names: set[str], removed: set[str]) -> None:
        """Watch what is the folder of a peer under these names in drop/, and log what is not."""
        for name in names & self._peers.keys():
            if self._is_usable(name):
                try:
                    self._drops.watch_one(name)
                except FileNotFoundError:
                    continue  # removed just now: its event wakes the next step
                except OSError as error:
                    self._unusable.note(name, error)
        entries = [self._home.drop / name for name in names if name not in self._peers]
        entries = [entry for entry in entries if os.path.lexists(entry)]
        self._log_strays(entries, removed)
        strays = self._strays | self._peers.keys()
        self._left_empty = {entry.name for entry in entries if entry.name in removed} - strays
        if any(self._claims.has_folder(name) for name in names & self._peers.keys()):
            self._adopt_claims()

    def _follow_all(self) -> None:
        known = self._peers.keys()
        names = folder_names(self._node.database, DROP)
        self._folders = {
            node: names.get(node, peer.name) for node, peer in self._book.peers.items()
        }
        self._peers = {self._folders[node]: peer for node, peer in self._book.peers.items()}
        self._unusable.keep(self._peers)
        usable = {name for name in self._peers if self._is_usable(name)}
        for name, error in self._drops.watch(usable).items():
            self._unusable.note(name, error)
        try:
            self._log_strays(self._home.drop.iterdir(), just_removed=known - self._peers.keys())
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            self._unusable.note("", error)
        else:
            self._unusable.forget("")
        if self._peers.keys() - known:
            self._adopt_claims()

    def _is_usable(self, peer_name: str) -> bool:
        """Create a peer's drop folder where it is missing; log once why there can be none."""
        if self._unusable.is_left_alone(peer_name):
            return False
        try:
            make_drop_folder(self._home.drop / peer_name)
        except OSError as error:
            self._unusable.note(peer_name, error)
            return False
        return True

    def _log_strays(self, entries: Iterable[Path], just_removed: set[str]) -> None:
        """Log each of these entries of drop/ that is not a peer's folder, once."""
        known = self._peers.keys() | self._strays
        strays = [
            entry
            for entry in entries
            if entry.name not in known and not self._is_of_nobody(os.fsencode(entry.name))
        ]
        if not strays or self._node.database.is_disk_full:
            return
        # Read again under the lock: `netrelay peer add` holds it while it makes the folder and
        # commits the row, so the folder of a new peer has its row by now.
        with self._node.database.transaction():
            names = set(folder_names(self._node.database, DROP).values())
        allowed = ", ".join(sorted(names)) or "none yet (netrelay peer add CARD)"
        for entry in strays:
            # `netrelay peer rm` removes the empty folder after it has committed.
            if entry.name in just_removed and _is_empty(entry):
                continue
            if entry.name not in names:
                self._strays.add(entry.name)
                line = NO_SUCH_PEER if is_folder(entry) else NO_PEERS_FOLDER
                self._node.log.write(line, name=entry.name, allowed=allowed)

    def _note_strays(self) -> float | None:
        """Store what lies in drop/ and is no peer's folder, or cannot be used as one."""
        if self._node.database.is_disk_full:
            return None
        reasons = {
            os.fsencode(
                name
            ): "it is no peer's folder: only what is in the folder of a peer is sent"
            for name in self._strays - self._peers.keys()
            if os.path.lexists(self._home.drop / name)
        }
        self._passed_over.forget_others(self._peers)
        return self._passed_over.follow("", reasons | self._unusable.reasons())

    def _is_of_nobody(self, name: bytes) -> bool:
        """Return True for a name in drop/ that no person expects to be sent."""
        return is_unfinished(name) or self._ignored.holds(name)

    def _adopt_claims(self) -> None:
        """Insert jobs for claims without a row.

        They are from an interrupted run, or their peer was removed and added again.
        """
        lost: dict[str, list[Claimed]] = {}
        claims = list(self._claims.found(known_claims(self._node.database), self._log_unread))
        # Read again under the lock: `netrelay retry` holds it while it renames a file and commits
        # the row, so a claim that was found in between has its row by now.
        with self._node.database.transaction():
            known = known_claims(self._node.database)
        known |= self._jobs.waiting
        nodes = {peer.name: node for node, peer in self._book.peers.items()}
        nodes |= {old.name: old.node for old in old_folders(self._node.database, [CLAIMS])}
        for peer_name, claimed in claims:
            if claimed.path in known:
                continue
            name = os.fsdecode(claimed.name)
            if peer_name in nodes:
                lost.setdefault(nodes[peer_name], []).append(claimed)
                self._node.log.write(CLAIM_FOUND, name=name)
            else:
                folder = Path(os.fsdecode(claimed.path)).parent
                self._node.log.write(CLAIM_OF_NOBODY, name=name, peer_name=peer_name, folder=folder)
        for node, found in lost.items():
            self._jobs.make(node, found)

    def _log_unread(self, path: bytes, error: OSError) -> None:
        """Log a claim without a row that cannot be read; it is tried again at the next start."""
        folder, name = Path(os.fsdecode(path)).parent, Path(os.fsdecode(path)).name
        reason = f"its claim cannot be read: {error.strerror or error}"
        self._node.log.write(LEFT_ALONE, name=name, folder=folder, reason=reason)

    def _store_wishes(self, drop: Path, wishes: tuple[tuple[bytes, Wish], ...]) -> None:
        """Store the options in sidecars before their files are claimed.

        After a crash, the next start finds the options by the inode, which a claim does not change.
        """
        if not wishes:
            return
        with self._node.database.transaction():
            for name, wish in wishes:
                with suppress(FileNotFoundError):
                    status = (drop / os.fsdecode(name)).lstat()
                    add_wish(self._node.database, status.st_ino, status.st_mtime_ns, wish)

    def _remove_sidecars(self, drop: Path, wishes: tuple[tuple[bytes, Wish], ...]) -> None:
        """Remove the sidecars of entries that were claimed; one that cannot be removed is left."""
        for name, _ in wishes:
            if not os.path.lexists(drop / os.fsdecode(name)):
                # Somebody may have made a directory of its name meanwhile.
                with suppress(OSError):
                    (drop / os.fsdecode(sidecar_of(name))).unlink()
        if wishes:
            with suppress(FileNotFoundError):
                flush_folder(drop)

    def _claim(self, peer_name: str, ready: list[bytes]) -> dict[bytes, str]:
        """Claim entries in batches; return those that cannot be taken, with the reasons."""
        untaken: dict[bytes, str] = {}
        for start in range(0, len(ready), _BATCH):
            names = ready[start : start + _BATCH]
            passed_over: dict[bytes, OSError] = {}
            drop = self._home.drop / peer_name
            try:
                claimed = self._claims.claim(drop, peer_name, names, passed_over)
            except OSError as error:
                self._node.log.write(CLAIM_FAILED, name=os.fsdecode(names[0]), error=error)
                return untaken | dict.fromkeys(ready[start:], _untaken(error))
            self._log_untaken(peer_name, ready, passed_over)
            untaken |= {name: _untaken(error) for name, error in passed_over.items()}
            if claimed:
                self._jobs.make(self._peers[peer_name].node, claimed)
        return untaken

    def _log_untaken(
        self, peer_name: str, ready: list[bytes], passed_over: dict[bytes, OSError]
    ) -> None:
        """Log each entry that cannot be taken, once as long as it lies there."""
        before = self._untaken.get(peer_name, {})
        now = {name: before[name] for name in before.keys() & set(ready)}
        for name, error in passed_over.items():
            if before.get(name) != error.errno:
                self._node.log.write(
                    LEFT_ALONE,
                    name=os.fsdecode(name),
                    folder=f"drop/{peer_name}",
                    reason=_untaken(error),
                )
            now[name] = error.errno
        self._untaken[peer_name] = now


def _untaken(error: OSError) -> str:
    if error.errno == errno.EXDEV:
        why = "it is on another file system than its drop folder, and is taken by a rename"
    else:
        why = error.strerror or str(error)
    return f"it cannot be taken: {why}"


def _is_empty(folder: Path) -> bool:
    """Return True for an empty folder, and for one that is gone."""
    with suppress(FileNotFoundError):
        return is_folder(folder) and next(folder.iterdir(), None) is None
    return True


PROCESS = Importer
