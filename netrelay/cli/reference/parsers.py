"""Parser and arguments of every command, for completion, manual pages and the reference."""

import argparse
from importlib import import_module
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser
from netrelay.cli.command_modules import module_of
from netrelay.cli.main import COMMANDS

_GROUPS = ("peer", "fleet", "group", "card", "receipt", "carry")
# The subcommands of each command that is a group.
WORDS = {name: import_module(module_of(name)).GROUP.words for name in _GROUPS}
_HELP, _HOME = "--help", "--home"


class Taken(NamedTuple):
    """An argument: its flags (none for a positional), its metavar, its help.

    value: "" for an option without a value. is_many: it may be repeated, or takes several.
    """

    flags: tuple[str, ...]
    value: str
    meaning: str
    is_required: bool
    is_many: bool

    @property
    def usage(self) -> str:
        """Return the argument as a synopsis shows it."""
        text = " ".join(part for part in (self.flags[-1] if self.flags else "", self.value) if part)
        dots = "..." if self.is_many else ""
        return f"{text}{dots}" if self.is_required else f"[{text}]{dots}"


def all_parsers() -> dict[str, CommandParser]:
    """Return the parser of each command and subcommand by its words, in the order of the help."""
    found = {}
    for command in COMMANDS:
        words = [f"{command} {word}" for word in WORDS.get(command, ())] or [command]
        for name in words:
            found[name] = import_module(module_of(name)).parser()
    return found


def arguments_of(parser: CommandParser) -> list[Taken]:
    """Return a command's arguments, positionals first, without those of every command."""
    found = [
        _taken(action)
        for action in parser._actions
        if _HELP not in action.option_strings and _HOME not in action.option_strings
    ]
    return sorted(found, key=lambda each: bool(each.flags))


def synopsis(words: str, parser: CommandParser) -> str:
    """Return a command with all its arguments in one line."""
    return " ".join(["netrelay", words, *(each.usage for each in arguments_of(parser))])


def _taken(action: argparse.Action) -> Taken:
    takes_value = action.nargs != 0
    choices = "|".join(str(choice) for choice in action.choices or ())
    metavar = str(action.metavar or choices or action.dest.upper())
    is_positional = not action.option_strings
    return Taken(
        tuple(action.option_strings),
        metavar if takes_value else "",
        (action.help or "").replace("%%", "%"),
        action.required if not is_positional else action.nargs not in ("?", "*"),
        action.nargs in ("+", "*") or type(action).__name__ == "_AppendAction",
    )
