"""Names of unfinished files."""

import pytest

from netrelay.core.unfinished_names import UNFINISHED_ENDINGS, is_unfinished


@pytest.mark.parametrize(
    "name",
    [
        b".hidden",
        b".photo.jpg.Zk3b9a",  # rsync
        b".in.photo.jpg.",  # proftpd
        b".nfs0000000000c0ffee00000001",
        b".smbdelete1234",
        b"._photo.jpg",  # AppleDouble
        b".syncthing.photo.jpg.tmp",
        b"photo.jpg.PART",
        b"Unconfirmed 12345.crdownload",
        b"~$report.docx",
        b"photo.jpg~",
        b"\xff.tmp",
    ],
    ids=repr,
)
def test_names_of_unfinished_files(name: bytes) -> None:
    assert is_unfinished(name)


@pytest.mark.parametrize("ending", UNFINISHED_ENDINGS)
def test_endings_are_compared_without_case(ending: str) -> None:
    assert is_unfinished(b"a" + ending.encode())
    assert is_unfinished(b"a" + ending.upper().encode())


@pytest.mark.parametrize(
    "name", [b"part", b"tmp", b"a.party", b"~a", b"a.tmpl", b"a.parts", b"-", b"a.swp2"], ids=repr
)
def test_similar_names_are_not_unfinished(name: bytes) -> None:
    assert not is_unfinished(name)
