"""The sockets of the page: listening on the network, and the one through which it acts."""

from netrelay.provisioning.system.target_system import TargetSystem

PAGE, CONTROL = "netrelay-page.socket", "netrelay-control.socket"
DROP_IN = f"/etc/systemd/system/{PAGE}.d/50-netrelay-toml.conf"
_WANTS = "/etc/systemd/system/sockets.target.wants"
_UNITS = "/usr/lib/systemd/system"
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"


def write_page_sockets(system: TargetSystem, port: int | None, is_control: bool) -> bool:
    """Enable or disable the sockets, and start or stop them; return False if nothing changed.

    port: None: the page is off. What this did not enable it does not disable: without the file of
    an earlier call, a page that a person has enabled stays.
    """
    had_page = bool(system.read(DROP_IN))
    if port is None:
        if not had_page:
            return False
        system.remove(DROP_IN)
        for unit in (PAGE, CONTROL):
            _disable(system, unit)
        system.run("systemctl", "daemon-reload")
        system.run("systemctl", "--no-block", "stop", PAGE, CONTROL)
        return True
    # An empty ListenStream= removes that of the unit, 127.0.0.1:7480.
    drop_in = f"{_MADE}[Socket]\nListenStream=\nListenStream={port}\n"
    changed = system.write(DROP_IN, drop_in) | _enable(system, PAGE)
    changed |= _enable(system, CONTROL) if is_control else _disable(system, CONTROL)
    if changed:
        system.run("systemctl", "daemon-reload")
        # At the first boot systemd has passed sockets.target before this runs.
        system.run("systemctl", "--no-block", "restart", PAGE)
        system.run("systemctl", "--no-block", "restart" if is_control else "stop", CONTROL)
    return changed


def _enable(system: TargetSystem, unit: str) -> bool:
    link = system.path(f"{_WANTS}/{unit}")
    if link.is_symlink():
        return False
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"{_UNITS}/{unit}")
    return True


def _disable(system: TargetSystem, unit: str) -> bool:
    link = system.path(f"{_WANTS}/{unit}")
    is_there = link.is_symlink()
    link.unlink(missing_ok=True)
    return is_there
