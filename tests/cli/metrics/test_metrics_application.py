"""The metrics over HTTP: who may ask, and in which form they are answered."""

import gzip
from typing import NamedTuple

import pytest

from netrelay.cli.metrics.metrics_application import MetricsApplication
from netrelay.core.address_range import read_range
from tests.cli.command_line import CommandLine, Place
from tests.cli.metrics.samples import read_samples

# What Prometheus 2.42 sends.
ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


class Answered(NamedTuple):
    """Status, headers and body."""

    status: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def ask(application: MetricsApplication, address: str = "127.0.0.1", **environ: str) -> Answered:
    """Return the answer to one request, GET /metrics unless said."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    body = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/metrics",
            "REMOTE_ADDR": address,
            **environ,
        },
        lambda status, headers: found.append((status, headers)),
    )
    ((status, headers),) = found
    return Answered(status, dict(headers), b"".join(body))


def application(line: CommandLine, *ranges: str) -> MetricsApplication:
    allowed = ranges or ("127.0.0.1", "::1")
    return MetricsApplication(line.home, [read_range(each) for each in allowed])


def test_it_answers_in_the_form_that_is_asked_for(shelf: CommandLine) -> None:
    served = application(shelf)
    text = ask(served)
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# EOF" not in text.body.decode()
    metrics = ask(served, HTTP_ACCEPT=ACCEPT)
    assert metrics.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    (node,) = read_samples(metrics.body.decode()).named("netrelay_node_info")
    assert node["name"] == "shelf"


def test_it_is_packed_only_for_who_unpacks_it(shelf: CommandLine) -> None:
    served = application(shelf)
    plain = ask(served, HTTP_ACCEPT=ACCEPT)
    assert "Content-Encoding" not in plain.headers
    packed = ask(served, HTTP_ACCEPT=ACCEPT, HTTP_ACCEPT_ENCODING="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    found = read_samples(gzip.decompress(packed.body).decode())
    assert found.value("netrelay_peer_connected", peer="boat") == 0


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.200", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::7%eth0", True),
        ("127.0.0.2", False),
        ("192.0.3.7", False),
        ("::1", False),
        ("2001:db9::7", False),
        ("", False),
        ("@", False),
    ],
)
def test_only_named_addresses_may_ask(shelf: CommandLine, address: str, is_allowed: bool) -> None:
    served = application(shelf, "127.0.0.1", "192.0.2.0/24", "2001:db8::/32")
    served.asked_s = 0.0
    answered = ask(served, address)
    assert answered.status == ("200 OK" if is_allowed else "403 Forbidden")
    assert (b"netrelay_peer" in answered.body) == is_allowed
    # Who is refused does not keep the process.
    assert (served.asked_s > 0) == is_allowed


def test_there_is_nothing_else(shelf: CommandLine) -> None:
    served = application(shelf)
    for path in ("/", "", "/metrics/", "/metrics/../netrelay.db"):
        assert ask(served, PATH_INFO=path).status == "404 Not Found"
    for method in ("POST", "HEAD", "PUT"):
        refused = ask(served, REQUEST_METHOD=method)
        assert (refused.status, refused.headers["Allow"]) == ("405 Method Not Allowed", "GET")


def test_a_node_that_cannot_be_read_is_said_to_be_so(shelf: CommandLine) -> None:
    shelf.home.database.write_bytes(b"no database" * 1000)
    answered = ask(application(shelf))
    assert answered.status == "503 Service Unavailable"
    assert b"netrelay.db" in answered.body
