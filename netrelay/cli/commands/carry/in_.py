"""`netrelay carry in`: takes what lies on a medium, and leaves receipts there."""

import time
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.carrying.carried_words import log_carried, receipts_words, taken_lines
from netrelay.cli.carrying.copies import Copied, Copies
from netrelay.cli.carrying.medium import medium_error, opened_medium
from netrelay.cli.carrying.medium_progress import MediumProgress
from netrelay.cli.carrying.receiver_line import ReceiverAwayError
from netrelay.cli.carrying.takings import TakenFiles, Takings
from netrelay.cli.commands.receipt.proof_target import own_identity
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, running, writable
from netrelay.cli.permission import require_owner
from netrelay.core.printable import printable
from netrelay.core.words import MessageType
from netrelay.disk.medium_folder import MediumFolder
from netrelay.runtime.home import Home
from netrelay.runtime.log import MEDIUM_READ
from netrelay.seal.identity import Identity
from netrelay.store.database import Database
from netrelay.store.media import is_delivering
from netrelay.store.peers import Peer, read_peers
from netrelay.transfer.medium_acknowledgements import write_acknowledgements
from netrelay.transfer.parcels import Parcel

# exporter puts what was taken into the inbox, and owes the receipts then.
_DELIVERY_S = 60.0
_LOOK_S = 0.05


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "carry in",
        "Take what lies on a medium for this node, and what it may carry on, as if the node that"
        "\nwrote it had sent it: rights and quotas hold. What was taken is removed from the medium,"
        "\nand receipts are left there for who sent it. The node has to be up.",
    )
    made.add_argument("medium", metavar="DIR", help="the folder at which the medium is mounted")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Have everything taken; print what came from whom, and what stays and why."""
    options = parser().read(arguments)
    require_owner(home, "may not read its keys")
    identity = own_identity(home)
    medium = Path(options.medium)
    with opened_medium(medium, is_made=False) as folder, writable(home) as database:
        _require_up(home)
        progress = MediumProgress("taken", is_quiet=options.quiet)
        progress.all_bytes = folder.size_bytes()
        peers = read_peers(database)
        takings = Takings(folder, database, home.runtime, peers, progress.add)
        try:
            takings.take_all()
        except ReceiverAwayError as error:
            raise CommandError(
                Exit.TRY_AGAIN,
                f"{error}: what was not taken lies on the medium as before; type it again when the"
                " node is up",
            ) from error
        except OSError as error:
            raise medium_error(error, medium) from error
        finally:
            progress.end()
        taken = takings.taken
        names = {node: peer.name for node, peer in peers.items()}
        said = taken_lines(taken, names, printable(str(medium)), home)
        if taken.messages or taken.acknowledged:
            log_carried(database, MEDIUM_READ, said, printable(str(medium)))
        left = _Leaving(home, database, identity, folder, medium, peers).leave(taken)
    confirm(options, *said)
    confirm(options, *left)
    return Exit.DATA if taken.damaged or taken.unreadable or taken.refused else Exit.OK


def _require_up(home: Home) -> None:
    alive = running(home)
    if not (alive.get("receiver") and alive.get("processor_r")):
        raise CommandError(
            Exit.TRY_AGAIN,
            "this node is down, and what lies on a medium is checked by its processes:"
            f" `{command(home, 'up')}` starts it",
        )


class _Leaving:
    """Leaves acknowledgements and receipts on a medium, and removes copies of what has arrived."""

    def __init__(
        self,
        home: Home,
        database: Database,
        identity: Identity,
        folder: MediumFolder,
        medium: Path,
        peers: dict[str, Peer],
    ) -> None:
        self._database = database
        self._home = home
        self._identity = identity
        self._copies = Copies(home, database, identity, folder, str(medium.absolute()))
        self._folder = folder
        self._peers = peers

    def leave(self, taken: TakenFiles) -> list[str]:
        """Return what is said of it; a medium that cannot be written is no error here."""
        whom = [each for each in self._peers if each in taken.sources]
        late = (
            []
            if not whom or self._is_delivered()
            else [
                "what is still being delivered gets its receipt with the next"
                f" `{command(self._home, 'carry out')}`"
            ]
        )
        try:
            whom += sorted(self._copies.own_addressees() - set(whom))
            peers = [self._peers[node] for node in whom if node in self._peers]
            self._folder.sweep()
            for writer, names in taken.unacknowledged.items():
                write_acknowledgements(self._folder, self._identity, writer, names)
            copied = self._copies.copy(peers, MediumProgress("", is_quiet=True), _is_receipt)
            self._folder.flush()
        except OSError as error:
            reason = printable(error.strerror or str(error))
            return [*late, f"no receipt is on it ({reason}): it goes by another way, or next time"]
        return [*late, *_said(copied)]

    def _is_delivered(self) -> bool:
        """Wait until what is complete is in the inbox; return whether all of it is."""
        end_s = time.monotonic() + _DELIVERY_S
        while is_delivering(self._database):
            if time.monotonic() >= end_s:
                return False
            time.sleep(_LOOK_S)
        return True


def _is_receipt(parcel: Parcel) -> bool:
    return parcel.ready.type == MessageType.RECEIPT


def _said(copied: list[Copied]) -> list[str]:
    return [receipts_words(each) for each in copied if any(map(_is_receipt, each.new))]
