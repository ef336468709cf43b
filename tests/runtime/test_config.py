"""The configuration file: every mistake names file, line, key, value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from netrelay.core.ignored_names import IGNORED_DEFAULT
from netrelay.runtime.config import KEYS, ConfigError, load, template

NAMES = [f"{key.section}.{key.name}" for key in KEYS]
GOOD: dict[str, list[Any]] = {
    "node.name": ["a", "shelf", "0-boat", "x" * 31],
    "node.address": ["0.0.0.0", "192.0.2.7", "::", "2001:db8::7", "fe80::1%eth0"],
    "node.commsport": [1, 65535],
    "node.dataports": [[1], [1, 2, 3, 65535]],
    "node.can_be_dialled": [True, False],
    "node.small_data_on_commsport": [True, False],
    "node.call_every": ["", "60s", "1min", "15 min", "6h", "7d"],
    "node.on_alarm": ["", "/usr/local/bin/alarm"],
    "node.on_alarm_limit_s": [1, 3600],
    "node.disk_endurance_tb": [0, 1_000_000],
    "node.overseer": ["", "hq", "x" * 31],
    "node.capacity": [65536, 131072, 16 * 1024 * 1024],
    "files.lifetime_s": [60, 315_360_000],
    "files.incoming_lifetime_s": [60, 315_360_000],
    "files.after_delivery": ["keep", "delete"],
    "files.post_receive": ["", "/usr/local/bin/arrived"],
    "files.post_receive_limit_s": [1, 86_400],
    "files.keep_sent_days": [0, 36_500],
    "files.settle_s": [1, 86_400],
    "files.directory_settle_s": [1, 86_400],
    "files.placeholder_settle_s": [1, 86_400],
    "files.folder_settle_s": [{}, {"scanner": 1, "0-boat": 86_400}],
    "files.compress": ["auto", "on", "off"],
    "files.folder_compress": [{}, {"scanner": "on", "0-boat": "off"}],
    "files.ignore": [[], ["a", "*.raw", "Icon\r", "x" * 255, "[*]"], ["a"] * 256],
    "files.custody": [True, False],
    "history.days": [1, 36_500],
    "history.rows": [1_000, 100_000_000],
    "history.former_jobs": [0, 100_000_000],
    "metrics.listen": ["", "127.0.0.1:7481", "0.0.0.0:1", "[::]:65535", "[fe80::1%eth0]:7481"],
    "metrics.from": [["127.0.0.1"], ["::1", "192.168.0.0/16"], ["2001:db8::/32"] * 64],
    "page.control": [True, False],
    # With a bucket: tests/runtime/test_land_config.py.
    "land.endpoint": [""],
    "land.region": ["us-east-1", "garage", "x" * 64],
    "land.bucket": ["", "abc", "a.b-c", "0" * 63],
    "land.prefix": ["", "boats", "a/b/c_d.e-F", "x" * 64],
    "land.credentials": ["", "/etc/netrelay/land.toml"],
    "land.ca_file": ["", "/etc/ssl/store.pem"],
    "land.insecure": [True, False],
    "land.peers": [[], ["boat"], ["a", "0-b"]],
    "land.keep_inbox": [True, False],
    "land.conditional_put": [True, False],
    "land.at_once": [1, 32],
}
BAD: dict[str, list[Any]] = {
    "node.name": ["", "Shelf", "-boat", "x" * 32, "a b", "a\n", "é", 7, True, ["a"], 1.5],
    "node.address": ["", "localhost", "192.0.2", "192.0.2.256", "192.0.2.7:80", 7, True, ["::"]],
    "node.commsport": [0, -1, 65536, "7411", 7411.0, True, [7411]],
    "node.dataports": [[], 7412, [0], [65536], [1, 1], [1, 2, 3, 4, 5], ["1"], [True], [[1]], "1"],
    "node.can_be_dialled": [0, 1, "true", [True]],
    "node.small_data_on_commsport": [0, 1, "true", [True]],
    "node.call_every": ["59s", "8d", "15", "15m", "15 minutes", "1.5h", "never", 900, True],
    "node.on_alarm": ["bin/alarm", "~/alarm", 5, False],
    "node.on_alarm_limit_s": [0, 3601, "60", 1.5, True],
    "node.disk_endurance_tb": [-1, 1_000_001, "60", 1.5, True],
    "node.overseer": ["HQ", "a b", "x" * 32, 7, False, ["hq"]],
    "node.capacity": [0, 65535, 65537, 17 * 1024 * 1024, "1 MiB", 65536.0, True],
    "files.lifetime_s": [59, 315_360_001, -1, "60", 60.0, True],
    "files.incoming_lifetime_s": [59, 315_360_001, -1, "60", 60.0, True],
    "files.after_delivery": ["", "Keep", "move", 1, True, ["keep"]],
    "files.post_receive": ["arrived", "~/arrived", "./arrived", 7, True, ["/bin/true"]],
    "files.post_receive_limit_s": [0, 86_401, "60", 1.5, True],
    "files.keep_sent_days": [-1, 36_501, "30", 1.5, True],
    "files.settle_s": [0, 86_401, "2", 2.5, True],
    "files.directory_settle_s": [0, 86_401, "5", 5.5, True],
    "files.placeholder_settle_s": [0, 86_401, "60", 60.5, True],
    "files.folder_settle_s": [
        30,
        [30],
        {"scanner": 0},
        {"scanner": True},
        {"scanner": {"s": 3}},
        {"": 3},
        {f"n{number}": 1 for number in range(257)},
    ],
    "files.compress": ["", "yes", "ON", True, 1, ["on"]],
    "files.folder_compress": [
        "on",
        {"scanner": "yes"},
        {"scanner": True},
        {"": "on"},
        {f"n{number}": "on" for number in range(257)},
    ],
    "files.ignore": ["a", 7, True, [7], [""], ["*"], ["**?"], ["a/b"], ["x" * 256], ["a"] * 257],
    "files.custody": [0, 1, "true"],
    "history.days": [0, 36_501, "30", 1.5, True],
    "history.rows": [999, 100_000_001, "1000", 1.5, True],
    "history.former_jobs": [-1, 100_000_001, "1000", 1.5, True],
    "metrics.listen": ["7481", "127.0.0.1", "shelf.local:7481", "[::]", "::1:0", 7481, True, []],
    "metrics.from": [[], "127.0.0.1", [""], ["shelf"], ["192.168.1.7/24"], [7], ["::1"] * 65],
    "page.control": [1, 0, "true", "yes", []],
    "land.endpoint": [
        *("s3.example.org", "ftp://a", "https://", "https://a/b", "http://a:0", "https://u:p@a", 7),
        *("https://a b", "https://a?x", "https://300.1.1.1", True, ["https://a"]),
    ],
    "land.region": ["", "US", "a b", "x" * 65, 7, True],
    "land.bucket": ["ab", "A-b", "a_b", "-ab", "ab-", "a/b", "x" * 64, 7, True],
    "land.prefix": [
        "/a",
        "a/",
        "a//b",
        "a b",
        "é",
        "a/../b",
        ".",
        "x" * 65,
        "/".join("a" * 10),
        7,
        True,
    ],
    "land.credentials": ["land.toml", "~/land.toml", 7, True],
    "land.ca_file": ["ca.pem", "~/ca.pem", 7, True],
    "land.insecure": [1, 0, "true", []],
    "land.peers": ["boat", [7], ["Boat"], [""], ["x" * 32], {}],
    "land.keep_inbox": [1, 0, "true", []],
    "land.conditional_put": [1, 0, "true", []],
    "land.at_once": [0, 33, "8", 1.5, True],
}


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\n", "\\n").replace("\r", "\\r") + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{name}" = {toml(each)}' for name, each in value.items()) + " }"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else str(value)


def with_value(name: str, value: Any) -> str:
    """Return the text of the template with one value changed."""
    _, key = name.split(".")
    lines = template("shelf", "0.0.0.0", 7411, (7412,)).split("\n")
    [place] = [number for number, line in enumerate(lines) if line.startswith(f"{key} = ")]
    lines[place] = f"{key} = {toml(value)}"
    return "\n".join(lines)


def line_of(text: str, start: str) -> int:
    [number] = [at for at, line in enumerate(text.split("\n"), 1) if line.startswith(start)]
    return number


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "netrelay.toml"


def error_of(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


def test_these_tables_have_every_key() -> None:
    assert list(GOOD) == list(BAD) == NAMES


def test_the_template_loads_as_the_values_that_it_was_made_from(path: Path) -> None:
    path.write_text(template("shelf", "192.0.2.7", 7511, (7512, 7513)))
    assert tuple(load(path)) == (
        *("shelf", "192.0.2.7", 7511, (7512, 7513), True, False, "", "", 60, 0, "", 2**20),
        *(30 * 86400, 30 * 86400),
        *("keep", "", 600, 0, 2, 5, 60),
        *({}, "auto", {}, IGNORED_DEFAULT),
        False,
        *(30, 200_000, 500_000),
        *("", ("127.0.0.1", "::1")),
        False,
        ("", "us-east-1", "", "", "", "", False, (), True, True, 8),
    )


def test_the_template_documents_every_key() -> None:
    text = template("shelf", "0.0.0.0", 7411, (7412,))
    for key in KEYS:
        assert f"# {key.meaning}\n# allowed: {key.allowed}\n{key.name} = " in text


def test_only_the_name_is_required(path: Path) -> None:
    path.write_text('[node]\nname = "shelf"\n')
    config = load(path)
    path.write_text(template("shelf", "0.0.0.0", 7411, (7412,)))
    assert load(path) == config


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, each in GOOD.items() for v in each])
def test_allowed_values_are_accepted(path: Path, name: str, value: Any) -> None:
    path.write_text(with_value(name, value))
    load(path)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, each in BAD.items() for v in each])
def test_other_values_are_named(path: Path, name: str, value: Any) -> None:
    text = with_value(name, value)
    [allowed] = [key.allowed for key in KEYS if f"{key.section}.{key.name}" == name]
    line = line_of(text, f"{name.split('.')[1]} = ")
    assert error_of(path, text) == f"{path}, line {line}: {name} is {value!r}; allowed: {allowed}"


@pytest.mark.parametrize("line", ["node.name = 7", "[node]\nname=7", "node = {name = 7}"])
@pytest.mark.parametrize("before", ["", "# name = 1\n\n", "[files]\nlifetime_s = 60\n"])
def test_the_line_is_found_however_the_key_is_written(path: Path, line: str, before: str) -> None:
    if "[" in before and not line.startswith("["):
        before = ""
    text = before + line + "\n"
    number = text[: text.index(line.split("\n")[-1])].count("\n") + 1
    assert error_of(path, text).startswith(f"{path}, line {number}: node.name is 7; allowed: ")


def test_a_missing_required_key_is_named(path: Path) -> None:
    start = f"{path}, line 1: node.name is nothing; allowed: 1 to 31 of a-z"
    assert error_of(path, "").startswith(start)
    assert error_of(path, "[files]\n\n[node]\n").startswith(start.replace("line 1", "line 3"))


@pytest.mark.parametrize(
    ("section", "hint"),
    [("nodes", "; did you mean node?"), ("Node", "; did you mean node?"), ("peers", "")],
)
def test_an_unknown_section_is_named(path: Path, section: str, hint: str) -> None:
    text = f'[node]\nname = "shelf"\n\n[{section}]\nname = "shelf"\n'
    assert error_of(path, text) == (
        f"{path}, line 4: {section!r} is no section;"
        f" allowed: [files], [history], [land], [metrics], [node], [page]{hint}"
    )


@pytest.mark.parametrize(
    ("text", "line", "value"),
    [("node = 7", 1, "7"), ('\n[[node]]\nname = "a"', 2, "[{'name': 'a'}]")],
)
def test_a_value_in_place_of_a_section_is_named(
    path: Path, text: str, line: int, value: str
) -> None:
    assert error_of(path, text) == (
        f"{path}, line {line}: 'node' is {value}, which is no section;"
        " allowed: [files], [history], [land], [metrics], [node], [page]"
    )


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[node]\nname = "a"\ncolour = 1', 3, "node.'colour'"),
        ('[node]\nname = "a"\nlifetime_s = 60', 3, "node.'lifetime_s'"),
        ('[node]\nname = "a"\n[files]\nname = "a"', 4, "files.'name'"),
        ('[node]\nname = "a"\n[node.more]\nx = 1', 3, "node.'more'"),
    ],
)
def test_an_unknown_key_is_named(path: Path, text: str, line: int, key: str) -> None:
    error = error_of(path, text)
    section = key.split(".")[0]
    allowed = ", ".join(each.name for each in KEYS if each.section == section)
    assert error == f"{path}, line {line}: {key} is no key; allowed: {allowed}"


def test_ports_that_clash_are_named(path: Path) -> None:
    text = with_value("node.dataports", [7500, 7411])
    line = line_of(text, "dataports = ")
    assert error_of(path, text) == (
        f"{path}, line {line}: node.dataports holds 7411, which is node.commsport;"
        " allowed: another port"
    )


def test_a_syntax_error_has_a_line(path: Path) -> None:
    error = error_of(path, "[node]\nname = shelf\n")
    assert error.startswith(f"{path}, line 2: node.name is shelf; allowed: 1 to 31 of a-z")
    assert error.endswith(': a text stands between quotes, name = "..."')


def test_a_switch_that_is_a_word_is_named_with_what_is_allowed(path: Path) -> None:
    text = with_value("node.can_be_dialled", True).replace(
        "can_be_dialled = true", "can_be_dialled = no"
    )
    line = line_of(text, "can_be_dialled = ")
    assert error_of(path, text) == (
        f"{path}, line {line}: node.can_be_dialled is no; allowed: true or false: on and off are"
        " true and false here, can_be_dialled = false"
    )


def test_a_file_of_notepad_is_read_or_named(path: Path) -> None:
    text = with_value("node.name", "boat")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(path).name == "boat"
    path.write_bytes(text.replace('"boat"', "\u201cboat\u201d").encode("cp1252"))
    with pytest.raises(ConfigError, match="there is a curly quote, not in UTF-8"):
        load(path)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    with pytest.raises(ConfigError, match="netrelay init"):
        load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=str(path)):
        load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match=str(path)):
        load(path)


@pytest.mark.parametrize(
    ("address", "source"),
    [("0.0.0.0", ""), ("::", ""), ("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::7")],
)
def test_dialling_uses_the_listening_address(path: Path, address: str, source: str) -> None:
    path.write_text(template("shelf", address, 7411, (7412,)))
    assert load(path).dial_source == source


def test_the_interval_of_calls_is_said_in_seconds(path: Path) -> None:
    text = template("shelf", "192.0.2.7", 7511, (7512,), call_every="15min")
    path.write_text(text)
    assert load(path).call_every_s == 900
    path.write_text(text.replace("15min", "15m"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).endswith(
        'node.call_every is \'15m\'; allowed: "" or 1min to 7d, such as "90s", "15min", "6h"'
    )
