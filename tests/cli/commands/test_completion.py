"""`netrelay completion`: what each shell offers, as the shell itself computes it."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netrelay.cli.main import COMMANDS
from netrelay.cli.reference.completers import completer
from netrelay.cli.reference.parsers import WORDS, all_parsers, arguments_of
from netrelay.core.words import PROCESSES
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.walks import MIB, walks

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "film.mkv", 3 * MIB)
    return line


def offered(line: CommandLine, shell: str, typed: str) -> set[str]:
    """Return what a shell offers at the end of a line, without descriptions."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    folder = line.home.path.parent
    script = folder / f"completion.{shell}"
    script.write_text(line.good("completion", shell))
    netrelay = folder / "netrelay"
    netrelay.write_text(f'#!/bin/sh\nexec {sys.executable} -m netrelay "$@"\n')
    netrelay.chmod(0o755)
    words = shlex.split(typed) + ([""] if typed.endswith(" ") else [])
    ask = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](script, words, typed)
    run = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else ["--norc"] if shell == "bash" else []), "-c", ask],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(CHECKOUT),
            "NETRELAY_HOME": str(line.home.path),
            "NETRELAY_RUNTIME_DIRECTORY": str(line.runtime),
            "HOME": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stderr == "", run.stderr
    return {text.split("\t")[0].rstrip("/") for text in run.stdout.split("\n") if text}


def _bash(script: Path, words: list[str], _: str) -> str:
    quoted = " ".join(shlex.quote(word) for word in words)
    return (
        f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _netrelay;"
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )


def _zsh(script: Path, words: list[str], _: str) -> str:
    quoted = " ".join(shlex.quote(word) for word in words)
    return (
        "compadd() { shift; local w; for w in $@; do"
        f' case "$w" in {shlex.quote(words[-1])}*) echo "$w";; esac; done }};'
        ' _files() { if [ "$1" = -/ ]; then ls -d */; else ls; fi };'
        f" source {script}; words=({quoted}); CURRENT={len(words)}; _netrelay"
    )


def _fish(script: Path, _words: list[str], typed: str) -> str:
    return f"source {script}; complete -C {shlex.quote(typed)}"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("netrelay st", {"status"}),
        ("netrelay peer al", {"allow"}),
        ("netrelay fleet co", {"collect"}),
        ("netrelay peer allow ", {"boat"}),
        ("netrelay run imp", {"importer"}),
        ("netrelay jobs --to ", {"boat"}),
        ("netrelay why ", {"1", "boat"}),
        ("netrelay show ", {"1"}),
        ("netrelay trace ", {"1"}),
        ("netrelay logs --process send", {"sender"}),
        ("netrelay pause b", {"boat"}),
        ("netrelay limit ", {"boat"}),
        ("netrelay limit boat n", {"none"}),
        ("netrelay completion z", {"zsh"}),
        ("netrelay send x --wait d", {"delivered"}),
    ],
)
def test_what_is_offered(shelf: CommandLine, shell: str, typed: str, expected: set[str]) -> None:
    assert offered(shelf, shell, typed) == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_every_word_of_peer(shelf: CommandLine, shell: str) -> None:
    assert offered(shelf, shell, "netrelay ") - {"help"} == set(COMMANDS)
    for command, words in WORDS.items():
        assert offered(shelf, shell, f"netrelay {command} ") == set(words)


@pytest.mark.parametrize("shell", SHELLS)
def test_options_and_files(shelf: CommandLine, shell: str) -> None:
    assert offered(shelf, shell, "netrelay logs --l") == {"--level", "--limit"}
    assert {"boat.card", "shelf", "boat"} <= offered(shelf, shell, "netrelay peer add ")
    assert "boat.card" in offered(shelf, shell, "netrelay send --to boat ")


def test_names_are_those_of_the_home_that_was_typed(homes: Place, shelf: CommandLine) -> None:
    other = homes.node("other")
    typed = f"netrelay why --home {other.home.path} "
    assert offered(shelf, "bash", typed) == set()
    assert offered(shelf, "bash", f"netrelay --home {shelf.home.path} pause ") == {"boat"}


def test_where_there_is_no_node_nothing_is_offered_and_nothing_said(homes: Place) -> None:
    outcome = homes.line("none")("completion", "--names", "nodes")
    assert outcome == (0, "", "")


def test_what_is_no_shell(homes: Place) -> None:
    line = homes.line("none")
    assert "did you mean bash?" in line.bad("completion", "bas")[1]
    assert line.bad("completion")[0] == 64
    assert "allowed: nodes, jobs" in line.bad("completion", "--names", "peers")[1]


def test_every_value_that_is_a_node_a_job_or_a_file_is_completed() -> None:
    """Every metavar is one that completion knows, or one of a free value."""
    free = {
        *("NAME", "SIZE", "SPAN", "TIME", "N", "QUERY", "TEXT", "STATE", "USER", "KIND"),
        *("A", "P", "HOST", "HOST[:PORT]", "HOST:PORT", "NEW", "UNIT", "BUDGET", "WINDOW", "WAY"),
        *("ADDRESS", "WHO", "PERCENT", "password"),
    }
    values = {
        taken.value for parser in all_parsers().values() for taken in arguments_of(parser)
    } - {""}
    assert {value for value in values if not completer(value)} <= free
    assert completer("PROCESS") == f"={' '.join(PROCESSES)}"
