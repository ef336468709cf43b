"""The five states of a node on the bench, and how it gets from one to the next.

off: no power; the card keeps what it has. flashed: a fresh card, with what the test puts on its
boot partition. booted: a shell on the console. online: it has an address. ready: first boot is over
and the node's processes run. A state is reached through those before it, from wherever the node is.
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
    """How far a node is; a later one includes those before it."""

    unknown = 0
    off = 1
    flashed = 2
    booted = 3
    online = 4
    ready = 5


Provision = Callable[[CardProtocol], None]

# Not netrelay.target alone: it is reached as well where there is no node.
UNITS = " ".join(f"netrelay-{process}.service" for process in PROCESSES)

ONLINE_S = 1800.0
"""Nearly the whole start lies in it: the bench's shell is there before the network is."""
READY_S = 1800.0
"""First boot grows the root file system and makes keys: minutes when emulated, and an emulator that
shares its two processors with others was seen to be ten times slower than alone."""
LOOK_S = 600.0
"""One look at a node; labgrid's own 30 s are too few while an emulated one starts eight Pythons,
and on a machine with a load of 25 systemd was seen to answer after two minutes."""


@target_factory.reg_driver
@attr.s(eq=False)
class NodeStrategy(Strategy):
    """Takes a node to a state, in the same way on the bench and emulated."""

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
        """What the next flash puts on the card; called with the card's driver.

        The node goes off, and its card counts as blank.
        """
        self.transition(Status.off)
        self.provision = provision
        self.is_card_ours = False

    @step(args=["status"])
    def transition(self, status: Status | str, *, step: Any = None) -> None:
        """Takes the node to a state; nothing when it is there. `flashed` always flashes anew."""
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
        """Gives a node power without waiting for it, so that several start at once."""
        if self.status >= Status.booted or self.has_power:
            return
        if not self._is_card_ready:
            self._flash()
        self._power_up()

    def force(self, status: Status | str) -> None:
        """Says what the node is, without touching it: for `--lg-initial-state`."""
        self.status = status if isinstance(status, Status) else _named(status)
        self.is_card_ours = self.status >= Status.flashed
        self.has_power = self.status >= Status.booted
        if self.status >= Status.booted:
            self._activate(self.power, self.console, self.shell)

    @step()
    def pull_plug(self) -> None:
        """Takes the power away where the node stands."""
        self._leave_console()
        self._activate(self.power)
        getattr(self.power, "pull_plug", self.power.off)()
        self.has_power = False
        self.status = Status.off

    @step()
    def boot_partition(self) -> BootPartition:
        """The card's boot partition on this machine; the node has to be off."""
        if self.has_power:
            raise StrategyError(f"{self.target.name} is on: its card cannot be read here")
        self._activate(self.card)
        self.card.to_host()
        return BootPartition(self.card.path)

    @step(args=["within_s"])
    def powered_off(self, within_s: float = 180.0) -> None:
        """Follows a node that shuts itself down, and takes its power away when it has."""
        if hasattr(self.power, "await_off"):
            self._leave_console()
            self.power.await_off(within_s)
        else:
            self._await_last_word(within_s)
        self._switch_off()

    @step(args=["within_s"])
    def rebooted(self, within_s: float) -> None:
        """Follows a node that restarts by itself, from whatever state: its shell is gone until it
        logs in again."""
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
        # What the kernel has to say lies in its journal; here it would cut answers in two.
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
        # A console whose machine is gone reads as end of file for ever: let it go first.
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
