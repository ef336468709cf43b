"""Every package of the source is in the list from which a wheel is built.

An editable install works without the list; only a built wheel would lack the package.
"""

import tomllib
from collections.abc import Iterable

from tests.house.source_tree import CHECKOUT, netrelay_modules

DATA_FOLDERS = {"netrelay.sql"}  # in sql/, outside the package


def mismatched(packages: Iterable[str], listed: Iterable[str]) -> list[str]:
    """Return the packages that are not listed, and the listed ones that do not exist."""
    return sorted(set(packages) ^ (set(listed) - DATA_FOLDERS))


def test_every_package_is_listed() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = project["tool"]["setuptools"]["packages"]
    packages = [module.name for module in netrelay_modules() if module.is_package]
    assert mismatched(packages, listed) == []


def test_a_missing_package_is_caught() -> None:
    assert mismatched(["netrelay", "netrelay.ring"], ["netrelay", "netrelay.sql"]) == [
        "netrelay.ring"
    ]
    assert mismatched(["netrelay"], ["netrelay", "netrelay.cellar"]) == ["netrelay.cellar"]
