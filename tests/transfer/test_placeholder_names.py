"""Empty files beside many unfinished ones: a user of the machine chooses how many there are."""

import pytest

from netrelay.transfer import drop_scan

MANY = 20_000


class Counted(bytes):
    """An unfinished name that counts how often it is compared."""

    looks = 0

    def startswith(self, *prefix: object) -> bool:
        Counted.looks += 1
        return super().startswith(*prefix)  # type: ignore[arg-type]


def test_an_empty_file_is_compared_with_few_unfinished_names() -> None:
    """Before, each with each: 20,000 of both kept importer busy for minutes in each scan."""
    unfinished = sorted(Counted(b"%06d.x.part" % number) for number in range(MANY))
    Counted.looks = 0
    assert drop_scan._has_part(b"019999", unfinished)
    assert not drop_scan._has_part(b"film.mkv", unfinished)
    assert Counted.looks <= 2


@pytest.mark.parametrize(
    ("name", "unfinished", "is_part"),
    [
        (b"film.mkv", [b"a.part", b"film.mkv.part", b"z.part"], True),
        (b"film.mkv", [b"film.x7Yd.mkv.part"], True),
        (b"film.mkv", [b"film-2.mkv.part", b"filn.part"], False),
        (b"film.mkv", [b".film.mkv", b"film"], False),
        (b"film.mkv", [], False),
    ],
)
def test_a_part_begins_like_its_file(name: bytes, unfinished: list[bytes], is_part: bool) -> None:
    assert drop_scan._has_part(name, sorted(unfinished)) is is_part
