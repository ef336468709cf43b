"""Every package of the source is in the list that a wheel is built from.

An editable install finds a forgotten package anyway; only the built wheel lacks it.
"""

import tomllib
from collections.abc import Iterable

from tests.house.source_tree import CHECKOUT, netrelay_modules

DATA_FOLDERS = {"netrelay.sql"}  # lies beside the package, as sql/


def forgotten(packages: Iterable[str], listed: Iterable[str]) -> list[str]:
    """The packages that are not listed, and the listed ones that are not there."""
    return sorted(set(packages) ^ (set(listed) - DATA_FOLDERS))


def test_every_package_is_listed() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = project["tool"]["setuptools"]["packages"]
    packages = [module.name for module in netrelay_modules() if module.is_package]
    assert forgotten(packages, listed) == []


def test_a_forgotten_package_is_caught() -> None:
    assert forgotten(["netrelay", "netrelay.ring"], ["netrelay", "netrelay.sql"]) == [
        "netrelay.ring"
    ]
    assert forgotten(["netrelay"], ["netrelay", "netrelay.cellar"]) == ["netrelay.cellar"]
