"""`netrelay metrics`: the state of the node as OpenMetrics text, for Prometheus."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser, address_range
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
        "\nwhat was delivered, and what the processes did. Prometheus scrapes it with --listen, or"
        "\nreads a file by node_exporter's textfile collector.",
    )
    made.add_argument(
        "--textfile",
        metavar="FILE",
        type=Path,
        help=f"replace a file, whose name ends with {_SUFFIX}, and print nothing; in the text"
        " format of Prometheus, since node_exporter reads no other",
    )
    made.add_argument(
        "--listen",
        metavar="HOST:PORT",
        nargs="?",
        const="",
        help="answer Prometheus at http://HOST:PORT/metrics until Ctrl-C, such as 127.0.0.1:7481;"
        " without HOST:PORT at sockets that systemd passes, else where [metrics] of netrelay.toml"
        " says",
    )
    made.add_argument(
        "--from",
        metavar="ADDRESS",
        dest="allowed",
        type=address_range,
        action="append",
        default=[],
        help="with --listen: who may ask, an address or a network such as 192.168.1.0/24; may be"
        " given several times; without it, whom [metrics] of netrelay.toml names",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the metrics, write them to a file, or serve them."""
    read = parser()
    options = read.read(arguments)
    if options.textfile is not None and options.textfile.suffix != _SUFFIX:
        read.error(
            f"--textfile is {str(options.textfile)!r}; allowed: a name that ends with {_SUFFIX},"
            " since node_exporter reads no other"
        )
    if options.listen is not None:
        if options.textfile is not None:
            read.error("--listen and --textfile: allowed is one of the two")
        from netrelay.cli.metrics.metrics_server import serve_metrics

        return serve_metrics(home, options.listen, options.allowed)
    if options.allowed:
        read.error("--from says who may ask with --listen, which is missing")
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
