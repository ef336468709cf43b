"""Requests to the page as WSGI: from the network, unless said."""

import io
from typing import NamedTuple

from netrelay.cli.page.page_application import PageApplication

NETWORK = "192.0.2.7"


class Answered(NamedTuple):
    """Status, headers in lower case, and body."""

    status: int
    headers: dict[str, str]
    body: str


def ask(
    application: PageApplication,
    path: str,
    method: str = "GET",
    form: bytes = b"",
    address: str = NETWORK,
    **environ: str,
) -> Answered:
    """Return the answer to one request."""
    path, _, query = path.partition("?")
    found: list[tuple[str, list[tuple[str, str]]]] = []
    body = application(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost:7480",
            "REMOTE_ADDR": address,
            "REMOTE_PORT": "40000",
            "SERVER_PORT": "7480",
            "CONTENT_LENGTH": str(len(form)),
            "wsgi.input": io.BytesIO(form),
            "waitress.client_disconnected": lambda: False,
            **environ,
        },
        lambda status, headers: found.append((status, headers)),
    )
    text = b"".join(body).decode()
    ((status, headers),) = found
    return Answered(int(status[:3]), {name.lower(): value for name, value in headers}, text)
