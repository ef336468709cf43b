"""`netrelay`: finds the command and the home, and prints an error as one line.

A command's module is imported only when it is called. Nothing here imports argparse: `netrelay run`
is how the eight processes are started, and they stay in memory.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.command_modules import module_of
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.owner import acting_as_owner, become_owner
from netrelay.core.printable import printable
from netrelay.runtime.home import Home, default_home


class Command(NamedTuple):
    """A command: its module in commands/ has `main(arguments, home) -> exit status`."""

    name: str
    synopsis: str
    summary: str


GROUPS = {
    "make a node, and friends for it": (
        Command("init", "NAME", "make a home for a node"),
        Command("id", "[--card FILE]", "show who this node is; write its card"),
        Command("peer", "add|allow|ls|ping|...", "enrol other nodes by their cards"),
        Command("fleet", "check|card|collect", "many nodes from one file"),
        Command("group", "new|join|card|ls|...", "one name for several nodes"),
    ),
    "let it work": (
        Command("up", "", "start the node here; Ctrl-C stops it"),
        Command("send", "FILE... --to NODE", "hand over files, as dropping them would"),
        Command("message", "TEXT --to NODE", "send a short text"),
        Command("carry", "out|in DIR", "by hand: to a stick, and from one"),
        Command("plan", "FILE... --to NODE", "when it would be there, and what it would cost"),
        Command("retry", "JOB...", "try again what was given up"),
        Command("cancel", "JOB...", "take back what is not delivered"),
        Command("inbox", "", "what came: texts and files, newest last"),
        Command("pause", "NODE", "hold back what goes to a node"),
        Command("resume", "NODE", "let it go again"),
        Command("limit", "[NODE RATE]", "how fast a node is sent to at most"),
        Command("window", "[NODE WINDOW...]", "when data for a node is sent"),
        Command("budget", "[NODE BUDGET]", "how many bytes may cross the wire in each period"),
    ),
    "look": (
        Command("status", "", "what runs, what waits, and why"),
        Command("jobs", "[--to NODE] [--dead]", "every file, with why it is where it is"),
        Command("show", "JOB|FILE", "one job in full"),
        Command("why", "JOB|FILE|NODE", "who it waits for, since when, what would help"),
        Command("trace", "JOB|NAME", "the whole walk of one file"),
        Command("receipt", "JOB|FILE", "a proof of its delivery; verify one"),
        Command("logs", "[-f] [--level L]", "what the processes noted"),
        Command("top", "", "what each process does now"),
        Command("metrics", "[--textfile FILE]", "all of it as numbers, for Prometheus"),
        Command("page", "[password]", "show this node to a browser, read-only"),
        Command("sql", "[QUERY]", "ask the database"),
        Command("machine", "[--diagram]", "every move a message can make"),
    ),
    "keep it well": (
        Command("check", "[--as USER]", "is all in order, and what to do"),
        Command("backup", "FILE", "what makes this node this node, in one file"),
        Command("restore", "FILE", "make the node of a backup"),
        Command("support-bundle", "[-o FILE]", "what helps others to help, without secrets"),
        Command("card", "status|unlock|update", "the card of the image: read-only root, updates"),
    ),
    "inside": (
        Command("completion", "bash|zsh|fish", "what a shell needs to complete all this"),
        Command("run", "PROCESS", "run one of the eight processes"),
        Command("land", "", "put what arrives into a store"),
        Command("serial", "NODE|DEVICE", "run the serial line to a node"),
        Command("first-boot", "--boot DIR", "make the node a card's boot partition asks for"),
        Command("card-state", "--boot DIR", "show the state of a card's node by its light"),
        Command("report", "UNIT", "what is wrong with a unit of systemd"),
    ),
}
# These read files or users with root's rights; what they create belongs to the home's owner.
_WITH_OWN_RIGHTS = frozenset(
    {
        "init",
        "check",
        "backup",
        "support-bundle",
        "completion",
        "first-boot",
        "card",
        "card-state",
        "report",
    }
)
# These run until they are stopped, always as the owner.
_STAYS = frozenset({"up", "run", "land", "page", "serial"})
COMMANDS = {command.name: command for group in GROUPS.values() for command in group}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status (sysexits.h). Errors are printed as one line."""
    for stream in (sys.stdout, sys.stderr):
        # Names from other nodes are shown in any character set of the terminal.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _dispatch(typed)
        sys.stdout.flush()
        return code
    except CommandError as error:
        text = _of_another_user(typed, error) or _in_order(typed, error) or str(error)
        return _say(error.exit_code, text)
    except BrokenPipeError:
        # The reader of our output has closed the pipe; flushing the rest must not raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except KeyboardInterrupt:
        return _say(Exit.INTERRUPTED, "interrupted")
    except PermissionError as error:
        return _say(Exit.NOT_PERMITTED, _of_another_user(typed, error) or _of_system(error))
    except OSError as error:
        return _say(Exit.INPUT_OUTPUT, _of_system(error))
    except Exception as error:
        # Python would end with 1, which `check` ends with for warnings.
        sys.excepthook(type(error), error, error.__traceback__)
        return _say(Exit.SOFTWARE, "this is a fault of netrelay; the lines above tell which")


def _dispatch(arguments: list[str]) -> int:
    arguments, home = _take_home(arguments)
    if not arguments:
        print(_help())
        return Exit.USAGE
    word, rest = arguments[0], arguments[1:]
    if word in ("help", "-h", "--help"):
        if not rest:
            print(_help())
            return Exit.OK
        word, rest = rest[0], ["--help"]
    if word in ("--version", "version"):
        from netrelay import __version__

        print(f"netrelay {__version__}")
        return Exit.OK
    if word not in COMMANDS:
        _refuse_other_word(word, home)
        kind = "option" if word.startswith("-") else "command"
        hint = nearest(word, [*COMMANDS, "help"])
        raise CommandError(
            Exit.USAGE, f"{word!r} is no {kind}{hint} (`netrelay help` lists them all)"
        )
    module = import_module(module_of(word))
    node = Home(home or default_home())
    if word in _STAYS:
        become_owner(node)
    with nullcontext() if word in _WITH_OWN_RIGHTS else acting_as_owner(node):
        code: int = module.main(rest, node)
    return code


def _refuse_other_word(word: str, home: Path | None) -> None:
    """Raise CommandError that says what is typed here, for a word of other programs."""
    from netrelay.cli.other_words import instead_of

    instead = instead_of(word, Home(home or default_home()))
    if instead is not None:
        raise CommandError(Exit.USAGE, f"{word!r} is no command: {instead}")


def _take_home(arguments: list[str]) -> tuple[list[str], Path | None]:
    """Remove `--home DIR` from the arguments, wherever it stands before a `--`."""
    rest: list[str] = []
    home: Path | None = None
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*rest, word, *words], home
        if word == "--home" or word.startswith("--home="):
            _, equals, value = word.partition("=")
            value = value if equals else next(words, "")
            if not value:
                raise CommandError(Exit.USAGE, "--home needs a folder: --home DIR")
            home = Path(value).expanduser().absolute()
        else:
            rest.append(word)
    return rest, home


def _help() -> str:
    lines = [
        "netrelay: files across links that come and go",
        "",
        "usage: netrelay COMMAND [--home DIR]",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {f'{name} {synopsis}':26}  {summary}" for name, synopsis, summary in group]
    return "\n".join(
        [
            *lines,
            "",
            "  netrelay COMMAND --help     more about one command",
            "  netrelay --version          the version",
            "",
            f"The home is the folder of a node; without --home it is {default_home()}",
            "(or what the variable NETRELAY_HOME says).",
        ]
    )


def _of_another_user(typed: list[str], error: Exception) -> str | None:
    """Return who may do this, if the node is another user's and that is why it failed."""
    from netrelay.cli.permission import AnotherUsersNodeError, refusal

    if not isinstance(error, PermissionError | AnotherUsersNodeError):
        return None
    arguments, home = _take_home(typed)
    return refusal(Home(home or default_home()), arguments, error)


def _in_order(typed: list[str], error: CommandError) -> str | None:
    """Return the command in the order in which it is typed, if a peer stood in another place."""
    if error.exit_code not in (Exit.USAGE, Exit.DATA, Exit.NO_INPUT):
        return None
    try:
        arguments, home = _take_home(typed)
    except CommandError:
        return None
    if not arguments or arguments[0] in _STAYS:
        return None
    # Imported as commands are: only what is refused needs it.
    in_order = import_module("netrelay.cli.wording.word_order").in_order
    found: str | None = in_order(module_of, arguments, Home(home or default_home()))
    return found


def _say(code: Exit, text: str) -> int:
    # Here, since it may repeat what was typed: a shell puts names of files there, of anybody's.
    print(f"netrelay: {printable(text)}", file=sys.stderr)
    return code


def _of_system(error: OSError) -> str:
    if error.filename is None or not error.strerror:
        return error.strerror or str(error)
    return f"{os.fsdecode(error.filename)}: {error.strerror}"
