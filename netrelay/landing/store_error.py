"""Errors of a store, as the trouble of a delivery that each stands for (DeliveryTrouble)."""

import re
import socket
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from netrelay.core.printable import printable
from netrelay.core.words import DeliveryTrouble

_CODE: Final = re.compile(rb"<Code>\s*([A-Za-z0-9.]{1,64})\s*</Code>")
_FULL: Final = frozenset(
    {
        "EntityTooLarge",  # OpenStack Swift, over a quota
        "InsufficientStorage",
        "QuotaExceeded",  # Ceph
        "StorageFull",
        "XMinioStorageFull",
        "XMinioAdminBucketQuotaExceeded",
    }
)
_CLOCK: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_REGION: Final = frozenset({"AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion"})


class StoreError(Exception):
    """A request was not done, or its outcome is not known; the text names no key and no file.

    concerns_all: other files would meet it, too.
    """

    def __init__(self, trouble: DeliveryTrouble, reason: str, *, concerns_all: bool = True) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason
        self.concerns_all = concerns_all


class BodyChangedError(Exception):
    """The staged bytes of a file are not those that came: nothing of it was put into the store."""


class StoreAnswer(NamedTuple):
    """The answer to a request; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def code(self) -> str:
        """The store's word for an error, "" if it gave none."""
        found = _CODE.search(self.content)
        return found[1].decode() if found else ""

    @property
    def is_good(self) -> bool:
        """True if the request was done."""
        return 200 <= self.status < 300 and not self.code


def refusal(answer: StoreAnswer, now_unix_s: float) -> StoreError:
    """Return the trouble that an answer stands for."""
    said = f"{answer.status} {answer.code}".strip()
    code, status = answer.code, answer.status
    trouble, words = DeliveryTrouble.STORE_BUSY, f"the store does not take it now ({said})"
    if code in _FULL or status in (413, 507):
        trouble, words = DeliveryTrouble.STORE_FULL, f"the store is full ({said})"
    elif code in _CLOCK:
        trouble = DeliveryTrouble.STORE_CLOCK
        words = f"the clocks of this node and of the store differ{_ahead(answer, now_unix_s)}"
    elif code in _REGION or status in (301, 307):
        trouble, words = DeliveryTrouble.STORE_BUCKET, f"the bucket is in another region ({said})"
    elif code == "NoSuchBucket" or (status == 404 and code != "NoSuchUpload"):
        trouble, words = DeliveryTrouble.STORE_BUCKET, "there is no such bucket in the store"
    elif status in (401, 403):
        trouble, words = DeliveryTrouble.STORE_KEY, f"the store refuses the key ({said})"
    elif status == 501:
        trouble = DeliveryTrouble.STORE_UNCONDITIONAL
        words = f"the store makes no conditional puts ({said})"
    return StoreError(trouble, words)


def _ahead(answer: StoreAnswer, now_unix_s: float) -> str:
    try:
        there_s = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return ""
    seconds = int(now_unix_s - there_s)
    return f": this one is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}"


def unreached(error: Exception) -> StoreError:
    """Return the trouble that an error of the connection stands for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = printable(error.verify_message or "not verified")
        return StoreError(
            DeliveryTrouble.STORE_UNTRUSTED, f"the certificate of the store is not trusted: {why}"
        )
    if isinstance(error, socket.gaierror):
        why = "its name is not known"
    elif isinstance(error, TimeoutError):
        why = "it does not answer in time"
    elif isinstance(error, OSError) and error.strerror:
        why = printable(error.strerror)
    else:
        why = printable(str(error) or type(error).__name__)
    return StoreError(DeliveryTrouble.STORE_AWAY, f"the store cannot be reached: {why[:100]}")
