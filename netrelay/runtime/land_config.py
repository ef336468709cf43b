"""The section [land] of netrelay.toml: the store in which files land (docs/landing.md)."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from netrelay.core.host import is_loopback, read_host_and_port
from netrelay.runtime.strict_toml import Document, Key

_SECTION = "land"
_ENDPOINT = re.compile(r"(https?)://([^/?#@\s]{1,300})/?")
# As Amazon S3 allows them; the others allow no less.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9._-]{1,64}/){0,8}[A-Za-z0-9._-]{0,64}")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_MAX_PEERS = 4096
_MOST_AT_ONCE = 32
_PORTS = {"https": 443, "http": 80}


class StorePlace(NamedTuple):
    """Where a store answers, as the endpoint says; host: a name, or an address without brackets."""

    is_tls: bool
    host: str
    port: int


class Land(NamedTuple):
    """The values of the section; `land_keys` has their meanings. Without an endpoint nothing lands.

    peers: by name, empty for all. credentials, ca_file: "" for the usual place.
    """

    endpoint: str
    region: str
    bucket: str
    prefix: str
    credentials: str
    ca_file: str
    insecure: bool
    peers: tuple[str, ...]
    keep_inbox: bool
    conditional_put: bool
    at_once: int

    @property
    def is_wanted(self) -> bool:
        """True if files land."""
        return bool(self.endpoint)

    @property
    def place(self) -> StorePlace:
        """Where the store answers; only where files land."""
        found = _read_endpoint(self.endpoint)
        assert found is not None
        return found


def _read_endpoint(value: Any) -> StorePlace | None:
    """Return where a store answers; None for what is no endpoint."""
    found = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        host, port = read_host_and_port(found[2])
    except ValueError:
        return None
    return StorePlace(found[1] == "https", host, port or _PORTS[found[1]])


def _is_text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_path(value: Any) -> bool:
    is_absolute = isinstance(value, str) and value.startswith("/") and "\0" not in value
    return value == "" or is_absolute


def _is_prefix(value: Any) -> bool:
    # A server or a proxy may take . and .. for steps.
    return value == "" or (_is_text(_PREFIX)(value) and not {"", ".", ".."} & set(value.split("/")))


def land_keys(peer_name: re.Pattern[str]) -> tuple[Key, ...]:
    """Return the keys of the section; peer_name: what a peer may be called."""
    return (
        Key(
            _SECTION,
            "endpoint",
            "",
            '"" or http:// or https:// with a host, and a port if it is another one, such as'
            ' "https://s3.example.org:9000"',
            "the S3 API in which files of peers land before their receipts are given"
            ' (docs/landing.md); "": nothing lands',
            lambda value: value == "" or _read_endpoint(value) is not None,
        ),
        Key(
            _SECTION,
            "region",
            "us-east-1",
            "1 to 64 of a-z, 0-9 and -",
            "the region for which requests are signed; many stores have one name for all",
            _is_text(_REGION),
        ),
        Key(
            _SECTION,
            "bucket",
            "",
            '"" or 3 to 63 of a-z, 0-9, - and ., beginning and ending with a letter or digit',
            "the bucket, which has to be there",
            lambda value: value == "" or _is_text(_BUCKET)(value),
        ),
        Key(
            _SECTION,
            "prefix",
            "",
            "at most 9 parts of 1 to 64 of A-Z, a-z, 0-9, ., _ and -, with / between them",
            "what keys begin with, before /SOURCE/DESTINATION/EPOCH/SEQUENCE",
            _is_prefix,
        ),
        Key(
            _SECTION,
            "credentials",
            "",
            '"" or the absolute path of a file',
            "the file with access_key and secret_key, which only the owner of the node may read;"
            ' "": land.toml of systemd\'s credentials, else land.toml in the home',
            _is_path,
        ),
        Key(
            _SECTION,
            "ca_file",
            "",
            '"" or the absolute path of a file',
            'certificates, in PEM, by which the store is known; "": those of the system',
            _is_path,
        ),
        Key(
            _SECTION,
            "insecure",
            False,
            "true or false",
            "whether http:// may be used to another machine: everybody on the way reads the files",
            _is_flag,
        ),
        Key(
            _SECTION,
            "peers",
            [],
            f"a list of at most {_MAX_PEERS} names of peers; []: all",
            "whose files land",
            lambda value: (
                isinstance(value, list)
                and len(value) <= _MAX_PEERS
                and all(isinstance(each, str) and peer_name.fullmatch(each) for each in value)
            ),
        ),
        Key(
            _SECTION,
            "keep_inbox",
            True,
            "true or false",
            "whether what has landed is put into the inbox, too",
            _is_flag,
        ),
        Key(
            _SECTION,
            "conditional_put",
            True,
            "true or false",
            "whether the store is asked to refuse a key that is there (If-None-Match); false: for a"
            " store that cannot, this node looks before it puts",
            _is_flag,
        ),
        Key(
            _SECTION,
            "at_once",
            8,
            f"1 to {_MOST_AT_ONCE}",
            "how many files are put into the store at once, each by a connection of its own",
            lambda value: type(value) is int and 1 <= value <= _MOST_AT_ONCE,
        ),
    )


def read_land(values: dict[str, Any]) -> Land:
    """Return the section of checked values."""
    return Land(**{**values, "peers": tuple(values["peers"])})


def check_land(document: Document, land: Land) -> None:
    """Note a mistake if the values do not fit one another."""
    if not land.is_wanted:
        return
    if not land.bucket:
        document.note(
            (_SECTION, "bucket"),
            f"{_SECTION}.bucket is '', and {_SECTION}.endpoint is given",
            "the name of a bucket",
        )
    place = land.place
    if not place.is_tls and not is_loopback(place.host) and not land.insecure:
        document.note(
            (_SECTION, "endpoint"),
            f"{_SECTION}.endpoint is {land.endpoint!r}, where everybody on the way reads the files",
            f"https://, http:// to this machine, or {_SECTION}.insecure = true",
        )
