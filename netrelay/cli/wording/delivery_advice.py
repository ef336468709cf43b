"""Advice about a file that cannot be put into the inbox."""

from netrelay.core.words import DeliveryTrouble

_ADVICE = {
    DeliveryTrouble.DISK_FULL: "make room on the disk of {folder}",
    DeliveryTrouble.NOT_PERMITTED: "let the owner of the node write into {folder}",
    DeliveryTrouble.NAME_REFUSED: "put {folder} on a file system that takes the file's name",
    DeliveryTrouble.FOLDER_UNUSABLE: "make {folder} a plain folder on the file system of the home",
    DeliveryTrouble.DISK_ERROR: "look at the disk of {folder}",
}


def delivery_advice(trouble: str, folder: str) -> str:
    """Return what a person can do about a trouble of `files`, as an imperative clause.

    A word that a later netrelay stored counts as an error of the disk.
    """
    known = trouble in set(DeliveryTrouble)
    return _ADVICE[DeliveryTrouble(trouble) if known else DeliveryTrouble.DISK_ERROR].format(
        folder=folder
    )
