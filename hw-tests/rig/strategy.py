"""The five states of a node on the bench, and the transitions between them.

off: no power; the card is unchanged. flashed: a newly written card, with the provisioning of the
test. booted: a shell on the console. online: it has an address. ready: first boot is over and the
processes run. A state is reached through those before it, whatever the present one is.
"""

import enum
from collections.abc import Callable
from typing import Any

import attr
from labgrid import step, target_factory
from labgrid.driver import Driver
from labgrid.strategy import Strategy, StrategyError

from netrelay.core.words import PROCESSES
from rig.card import BootPartition
from rig.card_protocol import CardProtocol
from rig.waiting import wait_for


class Status(enum.IntEnum):
    """The state of a node; each includes those before it."""

    unknown = 0
    off = 1
    flashed = 2
    booted = 3
    online = 4
    ready = 5


Provision = Callable[[CardProtocol], None]

# Not netrelay.target alone, which becomes active without a node too.
UNITS = " ".join(f"netrelay-{process}.service" for process in PROCESSES)

ONLINE_S = 1800.0
"""Covers nearly the whole start, since the shell of the bench is available before the network."""
READY_S = 1800.0
"""First boot grows the root file system and creates keys, which takes minutes when emulated; an
emulator on two busy processors was seen to be ten times slower."""
LOOK_S = 600.0
"""Timeout of one query. labgrid's 30 s are too short while an emulated node starts eight Pythons,
and at a load of 25 systemd was seen to reply after two minutes."""


@target_factory.reg_driver
@attr.s(eq=False)
class NodeStrategy(Strategy):
    """Brings a node to a state, on a bench or emulated."""

    bindings = {  # noqa: RUF012
        "power": "PowerProtocol",
        "card": CardProtocol,
        "console": "SerialDriver",
        "shell": "ShellDriver",
        "cable": {"DigitalOutputProtocol", None},
    }
    status = attr.ib(default=Status.unknown)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.provision: Provision | None = None
        self.is_card_ours = False
        self.has_power = False

    def card_with(self, provision: Provision | None) -> None:
        """Set the provisioning of the next flash; it is called with the driver of the card.

        Switches the node off; its card counts as blank.
        """
        self.transition(Status.off)
        self.provision = provision
        self.is_card_ours = False

    @step(args=["status"])
    def transition(self, status: Status | str, *, step: Any = None) -> None:
        """Bring the node to a state, unless it is there; `flashed` always flashes again."""
        wanted = status if isinstance(status, Status) else _named(status)
        if wanted is Status.unknown:
            raise StrategyError("nobody can take a node to the state unknown")
        if wanted is self.status and wanted is not Status.flashed:
            if step is not None:
                step.skip("nothing to do")
            return
        if wanted <= Status.flashed or wanted < self.status:
            self._switch_off()
        if wanted is Status.off:
            return
        if wanted is Status.flashed or not self._is_card_ready:
            self._flash()
        climb = {
            Status.booted: self._boot,
            Status.online: self._await_address,
            Status.ready: self._await_ready,
        }
        for state, reach in climb.items():
            if self.status < state <= wanted:
                reach()
                self.status = state

    @step()
    def start(self) -> None:
        """Switch on a node without waiting, so that several start in parallel."""
        if self.status >= Status.booted or self.has_power:
            return
        if not self._is_card_ready:
            self._flash()
        self._power_up()

    def force(self, status: Status | str) -> None:
        """Set the assumed state without touching the node, for `--lg-initial-state`."""
        self.status = status if isinstance(status, Status) else _named(status)
        self.is_card_ours = self.status >= Status.flashed
        self.has_power = self.status >= Status.booted
        if self.status >= Status.booted:
            self._activate(self.power, self.console, self.shell)

    def type_line(self, command: str) -> None:
        """Type a command, whose output nobody waits for, and wait until the node has taken Enter.

        QEMU takes 16 characters at once, the queue of its serial port, and drops what it has not
        taken when the console is closed.
        """
        self.console.sendline(command)
        self.console.expect(r"\n", timeout=LOOK_S)

    @step()
    def pull_plug(self) -> None:
        """Cut the power."""
        self._leave_console()
        self._activate(self.power)
        getattr(self.power, "pull_plug", self.power.off)()
        self.has_power = False
        self.status = Status.off

    @step()
    def boot_partition(self) -> BootPartition:
        """Return the boot partition of the card; the node must be off."""
        if self.has_power:
            raise StrategyError(f"{self.target.name} is on: its card cannot be read here")
        self._activate(self.card)
        self.card.to_host()
        return BootPartition(self.card.path)

    @step(args=["within_s"])
    def powered_off(self, within_s: float = 180.0) -> None:
        """Wait until a node has shut itself down, then switch it off."""
        if hasattr(self.power, "await_off"):
            self._leave_console()
            self.power.await_off(within_s)
        else:
            self._await_last_word(within_s)
        self._switch_off()

    @step(args=["within_s"])
    def rebooted(self, within_s: float) -> None:
        """Follow a node that reboots by itself, from any state; it has to log in again."""
        if hasattr(self.power, "await_off"):
            self._leave_console()
            self.power.await_off(within_s)
            self._power_up()
        else:
            self.target.deactivate(self.shell)
            self._activate(self.console)
            self.console.expect("reboot: Restarting system", timeout=within_s)
        self.status = Status.flashed
        self._boot()
        self.status = Status.booted

    @property
    def _is_card_ready(self) -> bool:
        return self.is_card_ours or self.has_power

    def _switch_off(self) -> None:
        self._leave_console()
        self._activate(self.power)
        self.power.off()
        self.has_power = False
        self.status = Status.off

    def _flash(self) -> None:
        self._activate(self.card)
        self.card.flash()
        if self.provision is not None:
            self.provision(self.card)
        self.is_card_ours = True
        self.status = Status.flashed

    def _power_up(self) -> None:
        self._activate(self.card, self.power)
        self.card.to_node()
        self.power.on()
        self.has_power = True

    def _boot(self) -> None:
        if not self.has_power:
            self._power_up()
        self._activate(self.console, self.shell)
        # Kernel messages would split the output of commands; they are in the journal.
        quiet = "dmesg --console-level 1 2>/dev/null || dmesg -n 1"
        self.shell.run_check(quiet, timeout=LOOK_S)

    def _await_address(self) -> None:
        command = "ip -oneline -4 address show scope global; ip -oneline -6 address show scope link"
        wait_for(
            lambda: self.shell.run_check(command, timeout=LOOK_S),
            f"an address on {self.target.name}",
            within_s=ONLINE_S,
            every_s=5.0,
        )

    def _await_ready(self) -> None:
        wait_for(
            self._are_all_active,
            f"running node on {self.target.name}",
            within_s=READY_S,
            every_s=5.0,
        )

    def _are_all_active(self) -> bool:
        answers, _, _ = self.shell.run(f"systemctl is-active {UNITS}", timeout=LOOK_S)
        return bool(answers == ["active"] * len(PROCESSES))

    def _await_last_word(self, within_s: float) -> None:
        self.target.deactivate(self.shell)
        self.console.expect("reboot: Power down", timeout=within_s)

    def _leave_console(self) -> None:
        # The console of a stopped machine reads as end of file for ever, so close it first.
        for driver in (self.shell, self.console):
            self.target.deactivate(driver)

    def _activate(self, *drivers: Driver) -> None:
        for driver in drivers:
            self.target.activate(driver)


def _named(name: str) -> Status:
    try:
        return Status[name]
    except KeyError:
        known = ", ".join(status.name for status in Status if status)
        raise StrategyError(f"state {name!r}: one of {known}") from None
