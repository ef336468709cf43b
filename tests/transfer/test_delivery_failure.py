"""Errors of the operating system, as troubles of a delivery."""

import errno
import os

import pytest

from netrelay.core.words import DeliveryTrouble
from netrelay.transfer.delivery_failure import delivery_trouble
from netrelay.transfer.unpacking import NoRoomYetError


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-full"),
        (errno.EACCES, "not-permitted"),
        (errno.EROFS, "not-permitted"),
        (errno.ENAMETOOLONG, "name-refused"),
        (errno.ENOTDIR, "folder-unusable"),
        (errno.EEXIST, "folder-unusable"),
        (errno.EIO, "disk-error"),
        (errno.ESTALE, "disk-error"),
    ],
)
def test_an_error_has_a_trouble_and_no_path(number: int, trouble: str) -> None:
    error = OSError(number, os.strerror(number), "/secret/path", None, "/other/path")
    assert delivery_trouble(error) == (trouble, os.strerror(number))


def test_a_directory_without_room_is_a_full_disk() -> None:
    error = NoRoomYetError(errno.ENOSPC, "unpacking it needs 9 bytes, 3 are free")
    assert delivery_trouble(error) == (
        DeliveryTrouble.DISK_FULL,
        "unpacking it needs 9 bytes, 3 are free",
    )


def test_an_error_without_a_number_is_one_of_the_disk() -> None:
    assert delivery_trouble(OSError("odd\x1b")) == (DeliveryTrouble.DISK_ERROR, "odd\\x1b")
