"""Every package and every SQL file of the source is in the list from which a wheel is built.

An editable install works without the list; only a built wheel would lack them.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from netrelay.store.schema import sql_directory
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


def not_packaged(folder: Path, patterns: Iterable[str]) -> list[str]:
    """Return the files of a folder that no pattern of package-data names, but for its README."""
    # setuptools expands a pattern as glob does, below the folder of the package.
    packaged = {path for pattern in patterns for path in folder.glob(pattern)}
    files = {path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"}
    return sorted(str(path.relative_to(folder)) for path in files - packaged)


def test_every_sql_file_is_packaged() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = project["tool"]["setuptools"]
    folder = CHECKOUT / setuptools["package-dir"]["netrelay.sql"]
    assert folder == sql_directory()
    assert list((folder / "migrations").glob("*.sql"))
    assert not_packaged(folder, setuptools["package-data"]["netrelay.sql"]) == []


def test_a_missing_sql_file_is_caught(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    for name in ("README.md", "tables.sql", "migrations/0003_new.sql"):
        (tmp_path / name).touch()
    assert not_packaged(tmp_path, ["*.sql"]) == ["migrations/0003_new.sql"]
    assert not_packaged(tmp_path, ["*.sql", "migrations/*.sql"]) == []


def test_a_missing_package_is_caught() -> None:
    assert mismatched(["netrelay", "netrelay.ring"], ["netrelay", "netrelay.sql"]) == [
        "netrelay.ring"
    ]
    assert mismatched(["netrelay"], ["netrelay", "netrelay.cellar"]) == ["netrelay.cellar"]
