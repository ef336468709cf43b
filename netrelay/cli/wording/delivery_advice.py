"""Advice about a file that cannot be put into the inbox, or into the store."""

from netrelay.core.words import DeliveryTrouble

_ADVICE = {
    DeliveryTrouble.DISK_FULL: "make room on the disk of {folder}",
    DeliveryTrouble.NOT_PERMITTED: "let the owner of the node write into {folder}",
    DeliveryTrouble.NAME_REFUSED: "put {folder} on a file system that takes the file's name",
    DeliveryTrouble.FOLDER_UNUSABLE: "make {folder} a plain folder on the file system of the home",
    DeliveryTrouble.DISK_ERROR: "look at the disk of {folder}",
    DeliveryTrouble.STORE_AWAY: "bring the store back, or correct endpoint in [land]",
    DeliveryTrouble.STORE_BUSY: "look at the store: it is asked again and again",
    DeliveryTrouble.STORE_FULL: "make room in the store, or raise its quota",
    DeliveryTrouble.STORE_KEY: "give the store's own keys, with the right to put into the bucket",
    DeliveryTrouble.STORE_CLOCK: "let NTP set both clocks: `timedatectl set-ntp true`",
    DeliveryTrouble.STORE_BUCKET: "make the bucket, or correct bucket and region in [land]",
    DeliveryTrouble.STORE_UNTRUSTED: "name the certificate of its authority as ca_file in [land]",
    DeliveryTrouble.STORE_UNCONDITIONAL: "say conditional_put = false in [land]",
    DeliveryTrouble.STORE_CONFLICT: "look at what is there, and remove it from the store",
}
_STORE = "store-"


def is_of_store(trouble: str | None) -> bool:
    """Return True for a trouble of the store, False for one of the inbox."""
    return (trouble or "").startswith(_STORE)


def delivery_place(trouble: str | None) -> str:
    """Return where a file cannot be put, in the words of a sentence."""
    return "the store" if is_of_store(trouble) else "the inbox"


def delivery_advice(trouble: str, folder: str) -> str:
    """Return what a person can do about a trouble of `files`, as an imperative clause.

    A word that a later netrelay stored counts as an error of the disk.
    """
    known = trouble in set(DeliveryTrouble)
    return _ADVICE[DeliveryTrouble(trouble) if known else DeliveryTrouble.DISK_ERROR].format(
        folder=folder
    )
