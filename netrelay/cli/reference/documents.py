"""Documents generated from the code: `python -m netrelay.cli.reference.documents` writes them.

    docs/reference/: commands.md    config.md    log-events.md    man/*.1
    netrelay.toml as an image's boot partition has it

Nothing of argparse's own formatting is used: it differs between versions of Python.
"""

from pathlib import Path

from netrelay.cli.main import COMMANDS, GROUPS
from netrelay.cli.reference.parsers import WORDS, Taken, all_parsers, arguments_of, synopsis
from netrelay.provisioning.card.boot_template import boot_template
from netrelay.runtime import log
from netrelay.runtime.config import KEYS
from netrelay.runtime.log import LogLine

CHECKOUT = Path(__file__).resolve().parents[3]

_MADE = "<!-- made by python -m netrelay.cli.reference.documents -->"
_BOOT_FILE = "image/pi-gen-config/stage-netrelay/00-netrelay/files/boot/firmware/netrelay.toml"
_HOME_WORDS = (
    "the folder of the node; without it the variable NETRELAY_HOME, else /var/lib/netrelay for root"
    " (or if it is there), else ~/netrelay"
)
_OF_CHECK = (("1", "there are warnings, and no errors"), ("2", "there are errors"))
_CODES = (
    ("64", "a word, an option or a value that is not allowed"),
    ("65", "no such peer or job; data that is damaged or forged"),
    ("66", "a file that is not there or may not be read"),
    ("69", "something this needs is not there or not in order"),
    ("70", "a fault of netrelay itself, or a process that ended by one; it printed where"),
    ("73", "something cannot be made, often because it is there already"),
    ("74", "the disk or the database failed"),
    ("75", "not now: try again"),
    ("77", "this user may not"),
    ("78", "no node here, or its configuration, keys or database cannot be used"),
    ("130", "Ctrl-C"),
)


def documents() -> dict[str, str]:
    """Return each generated document by its path in the checkout."""
    found = {
        "docs/reference/commands.md": _commands(),
        "docs/reference/config.md": _config(),
        "docs/reference/log-events.md": _log_events(),
        "docs/reference/man/netrelay.1": _first_page(),
        _BOOT_FILE: boot_template(),
    }
    for words, parser in all_parsers().items():
        name = f"netrelay-{words.replace(' ', '-')}"
        found[f"docs/reference/man/{name}.1"] = _page(
            name, words, str(parser.description), str(parser.epilog or ""), arguments_of(parser)
        )
    return found


def summary(words: str) -> str:
    """Return what a command does, in a few words."""
    command, _, word = words.partition(" ")
    return WORDS[command][word].summary if word else COMMANDS[command].summary


def _commands() -> str:
    lines = [
        _MADE,
        "# Commands",
        "",
        f"Every command takes `--home DIR` ({_HOME_WORDS}) and `--help`. Tables are for people;"
        ' with `--json` each line is one object with `"schema": 1` and its `kind`.'
        " On a terminal, names and reasons in a table are cut where it is wider than the terminal"
        " (at least 80 columns), and what is wrong is red or yellow; NO_COLOR and TERM=dumb keep"
        " colours away. A pipe gets all of the text, without colours.",
        "",
        "| exit code | means |",
        "|---|---|",
        "| 0 | done |",
        *(f"| {code} | `check`: {means} |" for code, means in _OF_CHECK),
        *(f"| {code} | {means} |" for code, means in _CODES),
    ]
    parsers = all_parsers()
    for title, group in GROUPS.items():
        lines += ["", f"## {title[0].upper()}{title[1:]}"]
        for command in group:
            for words in [w for w in parsers if w.split()[0] == command.name]:
                parser = parsers[words]
                described = " ".join(str(parser.description).split())
                lines += ["", f"### netrelay {words}", "", f"    {synopsis(words, parser)}", ""]
                lines += [described, *([f"\n`{parser.epilog}`"] if parser.epilog else [])]
                taken = arguments_of(parser)
                if taken:
                    lines += ["", "| argument | means |", "|---|---|"]
                    lines += [f"| `{_cell(_flags(t))}` | {_cell(t.meaning)} |" for t in taken]
    return "\n".join(lines) + "\n"


def _flags(taken: Taken) -> str:
    words = ", ".join(taken.flags)
    return " ".join(part for part in (words, taken.value) if part)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _config() -> str:
    lines = [
        _MADE,
        "# Configuration",
        "",
        "`netrelay.toml` in the home; `netrelay init` writes it with all keys. A running node"
        " follows a change at its next start. A key or value that is not allowed is refused with"
        " file, line, key, value and what is allowed (exit code 78).",
        "",
        "| key | default | allowed | means |",
        "|---|---|---|---|",
    ]
    for key in KEYS:
        default = "none: it must be said" if key.default is None else f"`{key.default!r}`"
        lines.append(
            f"| `{key.section}.{key.name}` | {default} | {_cell(key.allowed)}"
            f" | {_cell(key.meaning)} |"
        )
    return "\n".join(lines) + "\n"


def log_lines() -> list[LogLine]:
    """Return every kind of line that the processes log."""
    return [value for value in vars(log).values() if isinstance(value, LogLine)]


def _log_events() -> str:
    lines = [
        _MADE,
        "# Log events",
        "",
        "What the processes note in the table `logs`; `netrelay logs` shows it. The same line is"
        " said once a minute, and at most 60 of a kind. `*`: any process says it.",
        "",
        "| event | level | process | text |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{line.event}` | {line.level} | {line.process} | {_cell(line.text)} |"
        for line in sorted(log_lines(), key=lambda line: (line.event, line.process))
    ]
    return "\n".join(lines) + "\n"


def _first_page() -> str:
    lines = _head("netrelay", "files across links that come and go")
    lines += [".SH SYNOPSIS", ".B netrelay", "COMMAND [--home DIR] ...", ".SH COMMANDS"]
    for words in all_parsers():
        page = words.replace(" ", "-")
        lines += [".TP", f".BR netrelay-{_roff(page)} (1)", _roff(summary(words))]
    lines += [".SH OPTIONS", ".TP", f".B {_roff('--home DIR')}", _roff(_HOME_WORDS)]
    return "\n".join([*lines, *_tail("")]) + "\n"


def _page(name: str, words: str, description: str, epilog: str, taken: list[Taken]) -> str:
    lines = _head(name, summary(words))
    usage = [each.usage for each in taken]
    lines += [
        ".SH SYNOPSIS",
        f".B netrelay {_roff(words)}",
        _roff(" ".join([*usage, "[--home DIR]"])),
    ]
    lines += [".SH DESCRIPTION", _roff(" ".join(description.split()))]
    if epilog:
        lines += [".PP", _roff(epilog)]
    if taken:
        lines.append(".SH OPTIONS")
    for each in taken:
        lines += [".TP", f".B {_roff(_flags(each))}", _roff(" ".join(each.meaning.split()))]
    return "\n".join([*lines, *_tail(words)]) + "\n"


def _head(name: str, what: str) -> list[str]:
    return [
        '.\\" made by python -m netrelay.cli.reference.documents',
        f'.TH {_roff(name).upper()} 1 "" netrelay',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(what)}",
    ]


def _tail(words: str) -> list[str]:
    lines = [".SH EXIT STATUS"]
    done = (("0", "all is well"), *_OF_CHECK) if words == "check" else (("0", "done"),)
    for code, means in (*done, *_CODES):
        lines += [".TP", f".B {code}", _roff(means)]
    return [*lines, ".SH SEE ALSO", ".BR netrelay (1)"]


def _roff(text: str) -> str:
    """Escape text for roff: backslashes, hyphens that are typed, a leading dot."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped


def write(checkout: Path) -> None:
    """Write every document, and remove manual pages of commands that no longer exist."""
    made = documents()
    (checkout / "docs" / "reference" / "man").mkdir(parents=True, exist_ok=True)
    for page in (checkout / "docs" / "reference" / "man").glob("*.1"):
        if f"docs/reference/man/{page.name}" not in made:
            page.unlink()
    for path, text in made.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(CHECKOUT)
