"""`netrelay` itself: finding the command and the home, help, and errors in one line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netrelay import __version__
from netrelay.cli import opening as node
from netrelay.cli.command_modules import module_of
from netrelay.cli.commands import check
from netrelay.cli.main import COMMANDS, main
from netrelay.cli.reference.parsers import WORDS
from netrelay.store.database_errors import DatabaseError
from tests.cli.command_line import CHECKOUT, Place


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as error:
        code = int(str(error.code))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["help"], ["--help"], ["-h"]):
        code, out, _ = run(*arguments, capsys=capsys)
        assert code == 0
        for command in COMMANDS.values():
            assert f"  {command.name} " in out
            assert command.summary in out
        assert max(len(line) for line in out.splitlines()) <= 80


def test_no_command_shows_the_help_and_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys=capsys)
    assert code == 64
    assert out == run("help", capsys=capsys)[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(command, "--help", capsys=capsys)
    assert code == 0
    assert out.startswith(f"usage: netrelay {command}")
    assert run("help", command, capsys=capsys)[1] == out


def test_every_command_has_a_module_and_every_module_with_main_a_command() -> None:
    folder = CHECKOUT / "netrelay" / "cli" / "commands"
    modules = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for path in folder.rglob("*.py")
        if re.search(r"^(def main\(|main = )", path.read_text(), re.MULTILINE)
    }
    words = [*COMMANDS, *(f"{command} {word}" for command in WORDS for word in WORDS[command])]
    assert {f"netrelay.cli.commands.{name}" for name in modules} == {
        module_of(word) for word in words
    }


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version", capsys=capsys) == (0, f"netrelay {__version__}\n", "")


def test_a_mistyped_command_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("statsu", capsys=capsys)
    assert (code, out) == (64, "")
    assert err.startswith("netrelay: 'statsu' is no command; did you mean status?")
    assert "`netrelay help`" in err


def test_a_home_that_is_a_file_is_named(homes: Place) -> None:
    (homes.folder / "file").write_text("x")
    line = homes.line("file")
    for words in (("status",), ("up",), ("message", "hi", "--to", "boat")):
        code, said = line.bad(*words)
        assert (code, f"{line.home.path} is not a folder" in said) == (78, True)


def test_a_mistyped_option_gets_a_hint(homes: Place) -> None:
    code, line = homes.node("shelf").bad("status", "--jsn")
    assert code == 64
    assert "'--jsn'" in line
    assert "did you mean --json?" in line


def test_the_home_stands_before_or_after_the_command(
    homes: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = homes.node("shelf")
    path = str(shelf.home.path)
    expected = shelf.good("id", "--json")
    with shelf.environment():
        for arguments in (
            ["--home", path, "id", "--json"],
            ["id", "--home", path, "--json"],
            ["id", "--json", f"--home={path}"],
        ):
            assert run(*arguments, capsys=capsys) == (0, expected, "")


def test_a_home_without_a_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run("status", "--home", capsys=capsys)
    assert code == 64
    assert "--home needs a folder" in err


def test_where_there_is_no_node_it_says_how_to_make_one(homes: Place) -> None:
    code, line = homes.line("nowhere").bad("status")
    assert code == 78
    assert str(homes.folder / "nowhere") in line
    assert "netrelay init NAME" in line


def loaded_by(*arguments: str) -> set[str]:
    script = (
        "import sys\nfrom netrelay.cli.main import main\n"
        f"main({list(arguments)!r})\nprint(*sys.modules, sep='\\n')"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    return set(run.stdout.split())


def test_run_loads_no_more_than_a_resident_may_hold() -> None:
    loaded = loaded_by("run", "nothing-like-this")
    assert "netrelay.cli.commands.run" in loaded
    assert not loaded & {"argparse", "sqlite_utils", "json", "apsw", "cryptography"}


def test_status_loads_neither_cryptography_nor_sqlite_utils(homes: Place) -> None:
    shelf = homes.node("shelf")
    loaded = loaded_by("status", "--home", str(shelf.home.path))
    assert "netrelay.cli.commands.status" in loaded
    assert not loaded & {
        "cryptography",
        "sqlite_utils",
        "asyncio",
        "ssl",
        "netrelay.cli.commands.init",
    }


def test_a_reader_that_leaves_early_is_no_error(homes: Place) -> None:
    shelf = homes.node("shelf")
    command = f"{sys.executable} -m netrelay machine --home {shelf.home.path} | head -n 1"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_json_is_one_object_a_line_with_its_schema(homes: Place) -> None:
    shelf, _ = homes.pair()
    for arguments in (("id",), ("peer", "ls"), ("status",), ("machine",)):
        lines = shelf.good(*arguments, "--json").splitlines()
        assert lines
        for line in lines:
            assert json.loads(line)["schema"] == 1


def test_another_users_node_is_said_to_be_that(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = homes.node("shelf")

    def fail(*_: object) -> None:
        raise DatabaseError("netrelay.db: unable to open database file")

    monkeypatch.setattr(node, "ReadOnlyDatabase", fail)
    monkeypatch.setattr("os.geteuid", lambda: shelf.home.database.stat().st_uid + 1)
    code, line = shelf.bad("status")
    assert code == 77
    assert "belongs to the user" in line
    monkeypatch.setattr("os.geteuid", lambda: shelf.home.database.stat().st_uid)
    code, line = shelf.bad("status")
    assert code == 78
    assert "unable to open" in line


def test_a_full_disk_behind_stdout_is_said(homes: Place) -> None:
    shelf = homes.node("shelf")
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "netrelay", "machine", "--home", str(shelf.home.path)],
            cwd=CHECKOUT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert run.returncode == 74
    assert run.stderr.startswith("netrelay: No space left on device\n")


@pytest.mark.parametrize("command", ["status", "jobs", "why", "logs"])
def test_looking_loads_nothing_heavy(command: str) -> None:
    """`netrelay status` has to answer in 150 ms; each of these would cost a third of that."""
    heavy = "sqlite_utils cryptography ssl asyncio tarfile csv inotify_simple"
    names = f"{{name.partition('.')[0] for name in sys.modules}} & set({heavy.split()})"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, netrelay.cli.commands.{command}; print({names})"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout == "set()\n", run


def test_an_error_that_nothing_expects_is_a_fault_of_netrelay(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = homes.node("shelf")

    def fail(*_: object) -> int:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(check, "main", fail)
    outcome = line("check")
    # Python's own 1 would be a warning of `check`.
    assert outcome.code == 70
    assert outcome.err.splitlines()[0] == "Traceback (most recent call last):"
    assert "ZeroDivisionError: by zero" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("netrelay: this is a fault of netrelay")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("stop", "Ctrl-C, or SIGTERM to its pid, ends `netrelay up"),
        ("start", "`netrelay up"),
        ("restart", "sudo systemctl restart netrelay.target"),
        ("peers", "`netrelay peer ls"),
    ],
)
def test_a_word_of_other_programs_is_answered_with_what_is_typed_here(
    homes: Place, word: str, said: str
) -> None:
    code, line = homes.node("shelf").bad(word)
    assert code == 64
    assert line.startswith(f"netrelay: {word!r} is no command: ")
    assert said in line
    assert "did you mean" not in line
