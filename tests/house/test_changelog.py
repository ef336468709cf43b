"""The changelog fragments have their form, and the version has one place."""

import tomllib

from netrelay import __version__
from release.checkout import Checkout
from release.fragments import MARK, read_fragments
from tests.house.source_tree import CHECKOUT


def test_every_fragment_has_its_form() -> None:
    folder = CHECKOUT / "changelog" / "unreleased"
    # After a release there is none.
    assert read_fragments(folder) if list(folder.glob("[!R]*")) else True


def test_the_changelog_has_a_place_for_the_next_release() -> None:
    assert MARK in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_version_has_one_place() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "netrelay.__version__"}
    assert Checkout(CHECKOUT).version() == __version__
