"""Names of the modules of commands."""

import keyword


def module_of(words: str) -> str:
    """Return the module of a command or subcommand: `peer add`, `first-boot`, `carry in`."""
    parts = words.replace("-", "_").split(" ")
    # No module is called like a keyword of Python.
    named = (f"{part}_" if keyword.iskeyword(part) else part for part in parts)
    return ".".join(("netrelay.cli.commands", *named))
