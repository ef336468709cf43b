"""`netrelay card update`: installs security updates on the read-only root of a card."""

import os
import time
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.card.status import card_root
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there
from netrelay.core.printable import printable
from netrelay.provisioning.system.card_root import CARD
from netrelay.provisioning.system.update_settings import read_update_settings
from netrelay.provisioning.updates.internet_way import internet_way
from netrelay.provisioning.updates.replaced_files import users_of_replaced_files
from netrelay.provisioning.updates.update_record import read_record, write_record
from netrelay.provisioning.updates.update_run import (
    FOLDERS,
    Conditions,
    Machine,
    UpdateError,
    UpdateRun,
    run_command,
    why_not,
)
from netrelay.runtime.clock_steps import is_clock_set
from netrelay.runtime.home import Home
from netrelay.transfer.window_calendar import opening_now


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "card update",
        "Fetch what Debian's security archive has, verify it, and install it while the root is"
        "\nopened for it. Services that use replaced files are restarted. The image runs it once a"
        "\nday, as [updates] in netrelay.toml says.",
    )
    made.add_argument(
        "--due", action="store_true", help="only in its window, and once a day: for the timer"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the card has one home
    """Run the updates if they are allowed now."""
    options = parser().read(arguments)
    root = card_root(CARD)
    if os.geteuid() != 0:
        raise CommandError(
            Exit.NOT_PERMITTED, f"only root installs: `sudo {command_there('card update')}`"
        )
    if not root.is_read_only:
        raise CommandError(
            Exit.TRY_AGAIN, f"the root is {root.mode}: `sudo apt upgrade` updates it"
        )
    settings, record, now_s = read_update_settings(), read_record(), time.time()
    windows = (settings.window,) if settings.window else ()
    conditions = Conditions(
        now_s,
        time.strftime("%Y-%m", time.localtime(now_s)),
        is_clock_set(),
        not windows or opening_now(windows, now_s).is_open,
        internet_way(modem=settings.modem),
        root.free_bytes,
    )
    why = why_not(settings, conditions, record, is_asked=not options.due)
    if why:
        if options.due:
            print(f"not now: {why}")
            return Exit.OK
        raise CommandError(Exit.TRY_AGAIN, why)
    for folder in FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
    run = UpdateRun(
        settings, conditions, record, Machine(run_command, users_of_replaced_files, write_record)
    )
    try:
        run.run()
    except UpdateError as error:
        raise CommandError(Exit.TRY_AGAIN, printable(str(error))) from None
    print(printable(run.record.outcome))
    if run.record.to_restart:
        print(f"restart the machine for: {', '.join(run.record.to_restart)}")
        if settings.restart:
            run_command(60, ("systemctl", "--no-block", "reboot"))
    return Exit.OK
