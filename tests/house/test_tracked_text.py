"""No tracked file names a developer's machine or a package registry.

A path of one machine is wrong on every other, and a registry host in the tree would override the
mirror that a user has configured for pip, apt or mmdebstrap.
"""

import re

import pytest

from tests.house.source_tree import CHECKOUT, tracked_files

# Usual places of checkouts on desks and in build containers; "pi" is the example user.
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:work|workspace|builds|Users|home/(?!pi\b|<|\$))(?:/?[\w.]+)+"
)
TOOL_FOLDER = re.compile(r"/\.(?:pyenv|nvm|cargo|conda|asdf)\b")
# In two parts, so that this file does not name them.
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("piwheels", "org"),
    ("anaconda", "org"),
    ("npmjs", "org"),
    ("crates", "io"),
    ("docker", "io"),
    ("ghcr", "io"),
    ("quay", "io"),
    ("deb.debian", "org"),
    ("security.debian", "org"),
    ("snapshot.debian", "org"),
    ("ftp.debian", "org"),
    ("archive.raspberrypi", "org"),
    ("archive.raspberrypi", "com"),
    ("archive.raspbian", "org"),
    ("proxy.golang", "org"),
)
REGISTRY_HOSTS = tuple(".".join(parts) for parts in REGISTRIES)


def foreign_names(text: str) -> list[str]:
    """Return the machine paths and registry hosts in a text."""
    paths = [
        match.group() for pattern in (MACHINE_PATH, TOOL_FOLDER) for match in pattern.finditer(text)
    ]
    # One pattern that ignores case takes twenty times as long for the whole checkout.
    lowered = text.lower()
    return paths + [host for host in REGISTRY_HOSTS if host in lowered]


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in tracked_files()
        for name in foreign_names(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_rule_reads_the_files_that_matter() -> None:
    names = {path.relative_to(CHECKOUT).as_posix() for path in tracked_files()}
    assert {"pyproject.toml", "Makefile", "README.md", ".ci/setup"} <= names


@pytest.mark.parametrize(
    "parts",
    [
        ("see ", "/work", "/netrelay/core"),
        ("cd ", "/home", "/alice/netrelay"),
        ('"', "/Users", '/bob/x"'),
        ("PATH=/opt/x", "/.py", "env/shims"),
        ("http://", "deb.debian", ".org/debian"),
        ("index-url = https://", "PyPI", ".org/simple"),
        ("FROM ", "ghcr", ".io/some/image"),
        ("https://files.", "pythonhosted", ".org/x"),
    ],
    ids="".join,
)
def test_a_foreign_name_is_caught(parts: tuple[str, ...]) -> None:
    assert foreign_names("".join(parts)) != []


@pytest.mark.parametrize(
    "text",
    [
        "sudo cp card /etc/netrelay/peers/ && ls /var/lib/netrelay",
        "the drop folder is /home/pi/netrelay/drop or /home/$USER/drop",
        "https://www.debian.org/releases/ says so",
        "the view work/sender.sql",
        "framework/home/alice",
    ],
)
def test_a_usual_name_passes(text: str) -> None:
    assert foreign_names(text) == []
