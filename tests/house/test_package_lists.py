"""The lists that `make setup` and `make deb` install from pin every package by version and hashes.

The Debian package and the environment of the tests have the same list of what netrelay imports.
"""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source_tree import CHECKOUT

LISTS = ("wheels.txt", "build-tools.txt", "development-tools.txt")
# Installed into a venv of its own, hw-tests/.venv.
HARDWARE_LIST = "hardware-tools.txt"
PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9.]+(?:post[0-9]+)?)"
    r"(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)"
)


def lines(text: str) -> list[str]:
    """Return the requirements of a list, each in one line, without comments."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def unpinned(text: str) -> list[str]:
    """Return the lines of a list that are no name with one version and its hashes."""
    return [line for line in lines(text) if not PIN.fullmatch(line)]


def pins(*names: str) -> list[tuple[str, str]]:
    """Return name and version of every requirement in these lists."""
    folder = CHECKOUT / "image" / "package"
    found = [
        PIN.fullmatch(line)
        for name in names
        for line in lines((folder / name).read_text(encoding="utf-8"))
    ]
    return [(match["name"], match["version"]) for match in found if match]


def unmet(wanted: list[str], pinned: dict[str, str]) -> list[str]:
    """Return the requirements that no pinned version meets."""
    parsed = [Requirement(each) for each in wanted]
    return [
        str(each)
        for each in parsed
        if not each.specifier.contains(pinned.get(canonicalize_name(each.name), "0"))
    ]


def test_every_line_is_a_version_with_hashes() -> None:
    for name in (*LISTS, HARDWARE_LIST):
        assert unpinned((CHECKOUT / "image" / "package" / name).read_text(encoding="utf-8")) == []


def test_no_package_is_listed_twice() -> None:
    names = [name for name, _ in pins(*LISTS)]
    assert len(names) == len(set(names))


def test_the_tests_on_machines_have_the_versions_of_the_others() -> None:
    others = dict(pins(*LISTS))
    shared = [(name, version) for name, version in pins(HARDWARE_LIST) if name in others]
    assert ("pytest", others["pytest"]) in shared
    assert shared == [(name, others[name]) for name, _ in shared]


def test_the_tests_on_machines_install_that_list() -> None:
    setup = (CHECKOUT / "hw-tests" / "setup").read_text(encoding="utf-8")
    assert f"list=../image/package/{HARDWARE_LIST}\n" in setup
    assert '--require-hashes --requirement "$list"' in setup


def test_the_lists_meet_what_the_project_asks_for() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    assert unmet(project["project"]["dependencies"], dict(pins("wheels.txt"))) == []
    assert unmet(project["build-system"]["requires"], dict(pins("build-tools.txt"))) == []
    assert unmet(extras["development"], dict(pins(*LISTS))) == []


def test_what_is_not_pinned_or_not_met_is_caught() -> None:
    pinned = f"apsw==3.54.1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    assert unpinned(pinned) == []
    assert unpinned("# a list\napsw==3.54.1.0\n" + pinned + "blake3>=1\n") == [
        "apsw==3.54.1.0",
        "blake3>=1",
    ]
    assert unmet(["apsw>=3.51.3", "blake3>=1.0"], {"apsw": "3.51.2"}) == [
        "apsw>=3.51.3",
        "blake3>=1.0",
    ]
