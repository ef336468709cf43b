"""The configuration file netrelay.toml: its keys, reading and writing it."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.core.address_range import read_range
from netrelay.core.call_interval import read_interval_s
from netrelay.core.header import LIFETIME_CHOICE_S
from netrelay.core.host import is_address, is_wildcard, read_host_and_port
from netrelay.core.ignored_names import (
    IGNORED_DEFAULT,
    PATTERN_MAX_BYTES,
    PATTERNS_MAX,
    is_pattern,
)
from netrelay.core.segments import (
    CAPACITY_DEFAULT_BYTES,
    CAPACITY_MAX_BYTES,
    CAPACITY_MIN_BYTES,
    SEGMENT_BYTES,
)
from netrelay.runtime.edited_text import decode, syntax_mistake
from netrelay.runtime.land_config import Land, check_land, land_keys, read_land
from netrelay.runtime.strict_toml import Document, Key, Mistake, NoTomlError

NODE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_MAX_DATAPORTS = 4
_SETTLE_S = (1, 86_400)
_MAX_FOLDERS = 256
_MAX_RANGES = 64


class ConfigError(Exception):
    """A value cannot be used; the text names file, line, key, value and what is allowed."""


class Config(NamedTuple):
    """The values of the configuration file; `KEYS` has their meanings and bounds."""

    name: str
    address: str
    commsport: int
    dataports: tuple[int, ...]
    can_be_dialled: bool
    small_data_on_commsport: bool
    call_every: str
    on_alarm: str
    on_alarm_limit_s: int
    disk_endurance_tb: int
    overseer: str
    capacity_bytes: int
    lifetime_s: int
    incoming_lifetime_s: int
    after_delivery: str
    post_receive: str
    post_receive_limit_s: int
    keep_sent_days: int
    settle_s: int
    directory_settle_s: int
    placeholder_settle_s: int
    folder_settle_s: dict[str, int]
    compress: str
    folder_compress: dict[str, str]
    ignore: tuple[str, ...]
    custody: bool
    history_days: int
    history_rows: int
    former_jobs: int
    metrics_listen: str
    metrics_from: tuple[str, ...]
    page_control: bool
    land: Land

    @property
    def call_every_s(self) -> int | None:
        """Seconds between calls; None: they stay open."""
        return read_interval_s(self.call_every)

    @property
    def dial_source(self) -> str:
        """Source address of dialled connections: the listening one, "" if that is a wildcard."""
        return "" if is_wildcard(self.address) else self.address


def _is_integer(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_absolute(value: str) -> bool:
    return value.startswith("/") and "\0" not in value


def _is_interval(value: Any) -> bool:
    try:
        read_interval_s(value)
    except ValueError:
        return False
    return True


def _are_ports(value: Any) -> bool:
    port = _is_integer(1, 65535)
    return (
        isinstance(value, list)
        and 1 <= len(value) <= _MAX_DATAPORTS
        and all(port(item) for item in value)
        and len(set(value)) == len(value)
    )


def _are_patterns(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= PATTERNS_MAX and all(map(is_pattern, value))


def _are_settle_times(value: Any) -> bool:
    seconds = _is_integer(*_SETTLE_S)
    return (
        isinstance(value, dict)
        and len(value) <= _MAX_FOLDERS
        and all(NODE_NAME.fullmatch(name) and seconds(each) for name, each in value.items())
    )


def _is_compression(value: Any) -> bool:
    return isinstance(value, str) and value in ("auto", "on", "off")


def _are_compressions(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _MAX_FOLDERS
        and all(NODE_NAME.fullmatch(name) and _is_compression(each) for name, each in value.items())
    )


def is_listen_place(value: Any) -> bool:
    """Return True for "", or an address with a port."""
    if value == "":
        return True
    try:
        host, port = read_host_and_port(value)
    except (TypeError, ValueError):
        return False
    return port is not None and is_address(host)


def are_ranges(value: Any) -> bool:
    """Return True for a list of addresses and networks."""
    if not isinstance(value, list) or not 1 <= len(value) <= _MAX_RANGES:
        return False
    try:
        return all(read_range(each) for each in value)
    except ValueError:
        return False


KEYS = (
    Key(
        "node",
        "name",
        None,
        "1 to 31 of a-z, 0-9 and -, beginning with a letter or digit",
        "what people and peers call this node",
        lambda value: isinstance(value, str) and NODE_NAME.fullmatch(value) is not None,
    ),
    Key(
        "node",
        "address",
        "0.0.0.0",  # noqa: S104 -- a node is there to be reached; every peer is pinned
        "an IPv4 or IPv6 address of this machine",
        "where to listen, and from where to dial; 0.0.0.0 is every IPv4 address, :: every one",
        is_address,
    ),
    Key(
        "node",
        "commsport",
        7411,
        "1 to 65535",
        "TCP port for consensus; peers have to know it",
        _is_integer(1, 65535),
    ),
    Key(
        "node",
        "dataports",
        [7412],
        "a list of 1 to 4 different ports, each 1 to 65535",
        "TCP ports for data; peers learn them by consensus",
        _are_ports,
    ),
    Key(
        "node",
        "can_be_dialled",
        True,
        "true or false",
        "whether peers can connect to this node; false: behind a router or network that only lets"
        " connections out",
        lambda value: type(value) is bool,
    ),
    Key(
        "node",
        "small_data_on_commsport",
        False,
        "true or false",
        "whether frames of at most 64 KiB that follow a greeting use its connection; where both"
        " nodes say true, a first text costs 1,500 bytes less",
        lambda value: type(value) is bool,
    ),
    Key(
        "node",
        "call_every",
        "",
        '"" or 1min to 7d, such as "90s", "15min", "6h"',
        "how often this node calls peers that cannot dial it, and hangs up when nothing is left;"
        ' "": its calls stay open',
        _is_interval,
    ),
    Key(
        "node",
        "on_alarm",
        "",
        '"" or the absolute path of a program',
        "what to run when something is wrong, gets worse, or is well again (docs/operating.md)",
        lambda value: isinstance(value, str) and (not value or _is_absolute(value)),
    ),
    Key(
        "node",
        "on_alarm_limit_s",
        60,
        "1 to 3600",
        "how long that program may take, in seconds, before it is killed",
        _is_integer(1, 3600),
    ),
    Key(
        "node",
        "disk_endurance_tb",
        0,
        "a whole number from 0 to 1000000; 0: assumed by its size",
        "how many terabytes can be written to the disk of the home, as its maker states"
        " (docs/operating.md)",
        _is_integer(0, 1_000_000),
    ),
    Key(
        "node",
        "overseer",
        "",
        '"" or the name of a peer',
        "which peer is told by texts when something is wrong, gets worse, or is well again"
        " (docs/operating.md)",
        lambda value: isinstance(value, str) and (not value or bool(NODE_NAME.fullmatch(value))),
    ),
    Key(
        "node",
        "capacity",
        CAPACITY_DEFAULT_BYTES,
        f"{CAPACITY_MIN_BYTES} to {CAPACITY_MAX_BYTES}, a multiple of {SEGMENT_BYTES}",
        "largest message body this node takes, in bytes",
        lambda value: (
            _is_integer(CAPACITY_MIN_BYTES, CAPACITY_MAX_BYTES)(value)
            and value % SEGMENT_BYTES == 0
        ),
    ),
    Key(
        "files",
        "lifetime_s",
        30 * 86400,
        "{} to {}".format(*LIFETIME_CHOICE_S),
        "how long a file is tried before it is given up, in seconds with power",
        _is_integer(*LIFETIME_CHOICE_S),
    ),
    Key(
        "files",
        "incoming_lifetime_s",
        30 * 86400,
        "{} to {}".format(*LIFETIME_CHOICE_S),
        "how long what others send is kept at most while it is not complete, or not carried on",
        _is_integer(*LIFETIME_CHOICE_S),
    ),
    Key(
        "files",
        "after_delivery",
        "keep",
        '"keep" or "delete"',
        "what becomes of a dropped file once it was delivered: kept in sent/, or deleted",
        lambda value: value in ("keep", "delete"),
    ),
    Key(
        "files",
        "post_receive",
        "",
        '"" or the absolute path of a program',
        "what to run for each file or directory that came (docs/folders.md)",
        lambda value: isinstance(value, str) and (not value or _is_absolute(value)),
    ),
    Key(
        "files",
        "post_receive_limit_s",
        600,
        "1 to 86400",
        "how long that program may take, in seconds, before it is killed",
        _is_integer(1, 86_400),
    ),
    Key(
        "files",
        "keep_sent_days",
        0,
        "0 to 36500; 0 is without end",
        "for how many days with power a delivered file is kept in sent/",
        _is_integer(0, 36_500),
    ),
    Key(
        "files",
        "settle_s",
        2,
        "{} to {}".format(*_SETTLE_S),
        "how long a file that is written in a drop folder has to stay unchanged before it is sent,"
        " in seconds; what is moved in is sent at once",
        _is_integer(*_SETTLE_S),
    ),
    Key(
        "files",
        "directory_settle_s",
        5,
        "{} to {}".format(*_SETTLE_S),
        "the same for a directory and all that is in it",
        _is_integer(*_SETTLE_S),
    ),
    Key(
        "files",
        "placeholder_settle_s",
        60,
        "{} to {}".format(*_SETTLE_S),
        "the same for what may not be written yet: an empty file or directory, a file with holes",
        _is_integer(*_SETTLE_S),
    ),
    Key(
        "files",
        "folder_settle_s",
        {},
        f"at most {_MAX_FOLDERS} names of peers with {_SETTLE_S[0]} to {_SETTLE_S[1]} each,"
        " such as { scanner = 60 }",
        "settle times of single drop folders, in place of settle_s and directory_settle_s",
        _are_settle_times,
    ),
    Key(
        "files",
        "compress",
        "auto",
        '"auto", "on" or "off"',
        "whether files are sent compressed to nodes that unpack them; auto: where the line has a"
        " rate limit or a budget or is slow, and the file shrinks by a fifth; on: wherever it"
        " shrinks",
        _is_compression,
    ),
    Key(
        "files",
        "folder_compress",
        {},
        f'at most {_MAX_FOLDERS} names of peers with "auto", "on" or "off" each,'
        ' such as { boat = "on" }',
        "the same for single drop folders, in place of compress",
        _are_compressions,
    ),
    Key(
        "files",
        "ignore",
        list(IGNORED_DEFAULT),
        f"a list of at most {PATTERNS_MAX} patterns of names (* ? [abc]), each of at most"
        f" {PATTERN_MAX_BYTES} bytes, without / and with more than * and ?",
        "names in drop folders, and in directories there, that are neither sent nor reported",
        _are_patterns,
    ),
    Key(
        "files",
        "custody",
        False,
        "true or false",
        "whether relays are asked to sign what they took of a file of this node and gave on"
        " (docs/receipts.md), for about 500 bytes a file from each of them",
        lambda value: type(value) is bool,
    ),
    Key(
        "history",
        "days",
        30,
        "1 to 36500",
        "for how many days with power what is finished or dead can be asked for, and retried",
        _is_integer(1, 36_500),
    ),
    Key(
        "history",
        "rows",
        200_000,
        "1000 to 100000000",
        "how many messages the database holds before the oldest that are over go, however young",
        _is_integer(1_000, 100_000_000),
    ),
    Key(
        "history",
        "former_jobs",
        500_000,
        "0 to 100000000",
        "how many jobs that went for younger ones are kept by name, at about 100 bytes each"
        " (500 with the longest name)",
        _is_integer(0, 100_000_000),
    ),
    Key(
        "metrics",
        "listen",
        "",
        '"" or an IPv4 or IPv6 address with a port, such as "127.0.0.1:7481" or "[::]:7481"',
        "where `netrelay metrics --listen` answers Prometheus (docs/monitoring); with a socket of"
        " systemd, there instead",
        is_listen_place,
    ),
    Key(
        "metrics",
        "from",
        ["127.0.0.1", "::1"],
        f"a list of 1 to {_MAX_RANGES} addresses and networks, such as "
        '["127.0.0.1", "192.168.1.0/24"]',
        "who may ask there",
        are_ranges,
    ),
    Key(
        "page",
        "control",
        False,
        "true or false",
        "whether who knows its second password may act on the page: pause, retry, cancel, send, add"
        " a peer (docs/page.md)",
        lambda value: type(value) is bool,
    ),
    *land_keys(NODE_NAME),
)


def load(path: Path) -> Config:
    """Return the checked configuration; ConfigError names the first mistake."""
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is none; `netrelay init` makes a home") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error}") from error
    if isinstance(text, Mistake):
        raise ConfigError(f"{path}{text.text}")
    try:
        document = Document(text.text)
    except NoTomlError as error:
        raise ConfigError(f"{path}{syntax_mistake(text.text, error, KEYS).text}") from error
    document.check_sections(sorted({key.section for key in KEYS}))
    for section in document.sections:
        document.check_keys((section,), [key.name for key in KEYS if key.section == section])
    _raise_first_mistake(path, document)
    values: dict[str, dict[str, Any]] = {key.section: {} for key in KEYS}
    for key in KEYS:
        values[key.section][key.name] = document.value((key.section,), key)
    _raise_first_mistake(path, document)
    node, files, history = values["node"], values["files"], values["history"]
    check_ports(document, node["commsport"], node["dataports"])
    land = read_land(values["land"])
    check_land(document, land)
    _raise_first_mistake(path, document)
    return Config(
        name=node["name"],
        address=node["address"],
        commsport=node["commsport"],
        dataports=tuple(node["dataports"]),
        can_be_dialled=node["can_be_dialled"],
        small_data_on_commsport=node["small_data_on_commsport"],
        call_every=node["call_every"],
        on_alarm=node["on_alarm"],
        on_alarm_limit_s=node["on_alarm_limit_s"],
        disk_endurance_tb=node["disk_endurance_tb"],
        overseer=node["overseer"],
        capacity_bytes=node["capacity"],
        lifetime_s=files["lifetime_s"],
        incoming_lifetime_s=files["incoming_lifetime_s"],
        after_delivery=files["after_delivery"],
        post_receive=files["post_receive"],
        post_receive_limit_s=files["post_receive_limit_s"],
        keep_sent_days=files["keep_sent_days"],
        settle_s=files["settle_s"],
        directory_settle_s=files["directory_settle_s"],
        placeholder_settle_s=files["placeholder_settle_s"],
        folder_settle_s=files["folder_settle_s"],
        compress=files["compress"],
        folder_compress=files["folder_compress"],
        ignore=tuple(files["ignore"]),
        custody=files["custody"],
        history_days=history["days"],
        history_rows=history["rows"],
        former_jobs=history["former_jobs"],
        metrics_listen=values["metrics"]["listen"],
        metrics_from=tuple(values["metrics"]["from"]),
        page_control=values["page"]["control"],
        land=land,
    )


def _raise_first_mistake(path: Path, document: Document) -> None:
    if document.mistakes:
        raise ConfigError(f"{path}{document.mistakes[0].text}")


def check_ports(document: Document, commsport: int, dataports: Sequence[int]) -> None:
    """Note a mistake if a data port equals the commsport."""
    if commsport in dataports:
        document.note(
            ("node", "dataports"),
            f"node.dataports holds {commsport}, which is node.commsport",
            "another port",
        )


def template(
    name: str,
    address: str,
    commsport: int,
    dataports: tuple[int, ...],
    capacity_bytes: int = CAPACITY_DEFAULT_BYTES,
    *,
    can_be_dialled: bool = True,
    call_every: str = "",
) -> str:
    """Return the text of a configuration file: every key, its meaning and what is allowed."""
    chosen = {
        "name": name,
        "address": address,
        "commsport": commsport,
        "dataports": list(dataports),
        "can_be_dialled": can_be_dialled,
        "call_every": call_every,
        "capacity": capacity_bytes,
    }
    lines: list[str] = []
    section = ""
    for key in KEYS:
        if key.section != section:
            section = key.section
            lines += [f"[{section}]"] if not lines else ["", f"[{section}]"]
        value = chosen.get(key.name, key.default)
        lines += [f"# {key.meaning}", f"# allowed: {key.allowed}", f"{key.name} = {_toml(value)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Return a value in TOML: strings, integers, lists and an empty table are as in JSON."""
    return json.dumps(value, ensure_ascii=False)
