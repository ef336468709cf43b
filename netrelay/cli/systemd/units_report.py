"""State of the node's units, in words: for `status` and for `check`."""

from collections.abc import Iterator

from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.systemd.unit_ends import End, end_words
from netrelay.cli.systemd.units import TARGET, Unit
from netrelay.cli.text import counted
from netrelay.core.printable import printable

_SUBJECT = "systemd"
ENABLE = "sudo systemctl enable --now netrelay.target"
START_AGAIN = "sudo systemctl start netrelay.target"


def unit_findings(units: dict[str, Unit]) -> Iterator[Finding]:
    """Check the target and each unit; yield nothing where none is installed."""
    if not units:
        return
    found = list(_findings(units))
    yield from found or [ok(_SUBJECT, f"{TARGET} is enabled, and its units are in order")]


def _findings(units: dict[str, Unit]) -> Iterator[Finding]:
    target = units.get(TARGET)
    if target is not None and not _is_enabled(target):
        what = f"{TARGET} is {target.file_state or 'not installed'}: no start at boot"
        yield warn(_SUBJECT, what, f"`{ENABLE}`")
    for unit in _services(units):
        text = trouble(unit)
        if unit.is_failed:
            yield fail(
                _SUBJECT, text, f"`journalctl -u {unit.name}` has it all, then `{START_AGAIN}`"
            )
        elif text:
            yield warn(_SUBJECT, text, f"`journalctl -u {unit.name}`")


def trouble(unit: Unit) -> str:
    """Return what is wrong with a unit, or was since a person started it; "" for nothing."""
    if not unit.is_there:
        return f"{unit.name} is {unit.load or 'unknown'}"
    said = f"; it said: {printable(unit.status_text)}" if unit.status_text else ""
    if unit.is_failed:
        return f"{unit.name} stays down: {end_words(_end(unit))}{said}"
    if unit.sub == "auto-restart":
        return f"{unit.name} is about to be started again: {end_words(_end(unit))}{said}"
    if unit.restarts:
        return f"{unit.name} was started again {counted(unit.restarts, 'time')} by itself"
    return ""


def unit_lines(units: dict[str, Unit]) -> list[str]:
    """Return the lines of `status`: one for each failing unit, and one for a stopped target."""
    lines = [line for line in map(trouble, _services(units)) if line]
    target = units.get(TARGET)
    if target is not None and not _is_enabled(target):
        lines.append(f"{TARGET} is {target.file_state or 'not installed'}: `{ENABLE}`")
    return [f"      {line}" for line in lines]


def _services(units: dict[str, Unit]) -> list[Unit]:
    return [unit for name, unit in units.items() if name != TARGET]


def _is_enabled(target: Unit) -> bool:
    return target.file_state.startswith("enabled") or target.file_state == "static"


def _end(unit: Unit) -> End:
    if unit.signal is not None:
        return End(unit.result, "killed", str(unit.signal), "")
    return End(unit.result, "exited", str(unit.exit_status or 0), "")
