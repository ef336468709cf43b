"""Ignored names: what is in the default list, and how patterns are compared."""

import pytest

from netrelay.core.ignored_names import IGNORED_DEFAULT, IgnoredNames, is_pattern


@pytest.mark.parametrize(
    "name",
    [
        b"desktop.ini",
        b"Desktop.INI",
        b"Thumbs.db",
        b"$RECYCLE.BIN",
        b"System Volume Information",
        b".DS_Store",
        b"._photo.jpg",
        b"._\xff",
        b"Icon\r",
        b".Trashes",
        b".Spotlight-V100",
        b".directory",
        b".Trash-1000",
    ],
    ids=repr,
)
def test_what_systems_leave_behind(name: bytes) -> None:
    assert IgnoredNames(IGNORED_DEFAULT).holds(name)


@pytest.mark.parametrize(
    "name",
    [b"Icon", b"Icon\r\n", b"my desktop.ini", b"desktop.ini.bak", b"Trashes", b"_photo", b"\xff"],
    ids=repr,
)
def test_similar_names_are_not_ignored(name: bytes) -> None:
    assert not IgnoredNames(IGNORED_DEFAULT).holds(name)


def test_the_default_is_allowed() -> None:
    assert all(is_pattern(pattern) for pattern in IGNORED_DEFAULT)


def test_no_pattern_fits_nothing() -> None:
    assert not IgnoredNames().holds(b"a")
    assert IgnoredNames().pattern_of(b"a") is None


def test_the_first_pattern_that_fits_is_named() -> None:
    names = IgnoredNames(["*.raw", "a*", "[xy]?"])
    found = [names.pattern_of(name) for name in (b"A.RAW", b"ab", b"y1", b"z1", b"ab\n.raw")]
    assert found == ["*.raw", "a*", "[xy]?", None, "*.raw"]
