"""`netrelay metrics`: the state of the node as OpenMetrics text, for Prometheus."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.metrics.exposition import open_metrics, prometheus_text
from netrelay.cli.metrics.textfile import write_textfile
from netrelay.runtime.home import Home

_SUFFIX = ".prom"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "metrics",
        "Print the state of the node as OpenMetrics text: what is wrong, what waits for each peer,"
        "\nwhat was delivered, and what the processes did. Prometheus reads it by node_exporter's"
        "\ntextfile collector.",
    )
    made.add_argument(
        "--textfile",
        metavar="FILE",
        type=Path,
        help=f"replace a file, whose name ends with {_SUFFIX}, and print nothing; in the text"
        " format of Prometheus, since node_exporter reads no other",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the metrics, or write them to a file."""
    read = parser()
    options = read.read(arguments)
    if options.textfile is not None and options.textfile.suffix != _SUFFIX:
        read.error(
            f"--textfile is {str(options.textfile)!r}; allowed: a name that ends with {_SUFFIX},"
            " since node_exporter reads no other"
        )
    if options.textfile is None:
        print(open_metrics(home), end="")
        return Exit.OK
    try:
        write_textfile(options.textfile, prometheus_text(home))
    except OSError as error:
        raise CommandError(
            Exit.CANNOT_CREATE, f"{options.textfile} cannot be written: {error.strerror}"
        ) from error
    return Exit.OK
