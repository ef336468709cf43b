"""Commands with subcommands, as `netrelay peer add`: each subcommand is a module."""

import shlex
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from netrelay.cli.command_modules import module_of
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command
from netrelay.runtime.home import Home


class Word(NamedTuple):
    """A subcommand, its arguments, and what it does."""

    name: str
    synopsis: str
    summary: str


class CommandGroup:
    """A command and its subcommands; `about`: middle of the help, lines of 86 columns at most."""

    def __init__(
        self,
        name: str,
        about: Sequence[str],
        words: Sequence[Word],
        also: Mapping[str, str] | None = None,
    ) -> None:
        """Create it; also: words that stand for others, and are not in the help."""
        self.name = name
        self._also = dict(also or {})
        self.words = {word.name: word for word in words}
        self._about = about

    def run(self, arguments: Sequence[str], home: Home) -> int:
        """Run the subcommand that was typed; CommandError for an unknown one."""
        if not arguments or arguments[0] in ("-h", "--help"):
            print(self.help_text())
            return Exit.OK if arguments else Exit.USAGE
        word, rest = self._also.get(arguments[0], arguments[0]), arguments[1:]
        if word not in self.words:
            if rest and rest[0] in self.words:
                right = shlex.join([self.name, rest[0], word, *rest[1:]])
                raise CommandError(
                    Exit.USAGE, f"{self.name} takes its word first: `{command(home, right)}`"
                )
            raise CommandError(
                Exit.USAGE,
                f"{self.name} {word!r} is none of its words{nearest(word, self.words)}"
                f" (allowed: {', '.join(self.words)})",
            )
        code: int = import_module(module_of(f"{self.name} {word}")).main(rest, home)
        return code

    def help_text(self) -> str:
        """Return the text of `--help`."""
        typed = {f"{word.name} {word.synopsis}": word.summary for word in self.words.values()}
        width = max(map(len, typed))
        lines = [f"usage: netrelay {self.name} WORD ...", "", *self._about, ""]
        lines += [f"  {words:{width}}  {summary}" for words, summary in typed.items()]
        lines += ["", f"  {f'netrelay {self.name} WORD --help':{width}}  more about one"]
        return "\n".join(lines)
