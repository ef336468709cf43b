"""Text of the files that a person reads on the boot partition: mistakes, and the node."""

from collections.abc import Sequence

from netrelay.provisioning.card.boot_file import BootFile
from netrelay.provisioning.card.imager import Choice
from netrelay.provisioning.system.network_files import Network
from netrelay.provisioning.system.wifi import Wifi
from netrelay.runtime.config import Config
from netrelay.runtime.strict_toml import Mistake

_STATE = "As it is since this was last written:"


def error_text(mistakes: Sequence[Mistake]) -> str:
    """Return the error file: line, found value, allowed values and cure of each mistake."""
    count = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [f"netrelay.toml was not applied: {count}. The node goes on as it was before.", ""]
    for mistake in mistakes:
        lines.append(f"line {mistake.line}" if mistake.line else "the whole")
        lines.append(f"  found    {mistake.said}")
        if mistake.allowed:
            lines.append(f"  allowed  {mistake.allowed}")
        cure = mistake.hint.lstrip(";: ") or "write what is allowed in its place"
        lines += [f"  cure     {cure}", ""]
    lines.append("Correct it, save it, and start the Pi again. This file goes when all is well.")
    return "\n".join(lines) + "\n"


def node_text(
    config: Config,
    node: str,
    addresses: Sequence[str],
    file: BootFile,
    network: tuple[Network, Sequence[str]],
    wifi: Sequence[Wifi],
    choice: Choice | None,
    reset: str = "",
    remarks: Sequence[str] = (),
) -> str:
    """Return the description of the node on a card; it contains no secret.

    network: the Ethernet socket with its settings, and the names of others. reset: the last reset
    in words. remarks: a line for each file that has no effect.
    """
    dataports = ", ".join(str(port) for port in config.dataports)
    ethernet, others = network
    said = ethernet.address or "its address by DHCP"
    if ethernet.interface != file.network.interface:
        said += f" on {ethernet.interface}, which nobody named"
    if others:
        said += f"; {', '.join(others)} by DHCP"
    lines = [
        f"This card is the node {config.name}. Written by netrelay, read by nobody but you.",
        "",
        f"name      {config.name}",
        f"node id   {node}",
        f"found as  {', '.join(addresses)}",
        f"ports     commsport {config.commsport}, dataport {dataports}",
        f"Ethernet  {said}",
        f"modem     {_modem(file.modem)}",
        f"Wi-Fi     {', '.join(x.ssid.decode(errors='replace') for x in wifi) or 'none'}",
        f"metrics   {_metrics(file)}",
        f"peers     {', '.join(peer.name for peer in file.peers) or 'none by netrelay.toml'}",
        f"card      {config.name}.card: carry it to other nodes; it holds no secret",
    ]
    lines += [f"reset     {reset}"] if reset else []
    lines += ["", *remarks] if remarks else []
    if choice is not None and choice.not_taken:
        lines += ["", "Not taken over from Raspberry Pi Imager:"]
        lines += [f"  {word}" for word in choice.not_taken]
    return "\n".join(lines) + "\n"


def _metrics(file: BootFile) -> str:
    if not file.metrics.listen:
        return "none by netrelay.toml"
    return f"http at {file.metrics.listen}, for {', '.join(file.metrics.allowed)}"


def _modem(interface: str) -> str:
    if not interface:
        return "none is named; a USB modem that is an Ethernet interface is known by its driver"
    return f"{interface}, by DHCP; used after Ethernet and Wi-Fi, and not for updates"


def with_state(text: str, lines: Sequence[str]) -> str:
    """Return a description with its last part, the present state, replaced by these lines."""
    head = text.partition(f"\n{_STATE}\n")[0].rstrip("\n")
    return f"{head}\n\n{_STATE}\n" + "\n".join(lines) + "\n"
