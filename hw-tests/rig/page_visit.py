"""Visits the page or the metrics of a node; runs by python3 on another node, without netrelay.

python3 page_visit.py look ORIGIN PASSWORD
python3 page_visit.py act ORIGIN PASSWORD CONTROL_PASSWORD VERB PEER
python3 page_visit.py get URL SOURCE_ADDRESS

Prints one JSON object: the status of each request, in their order.
"""

import json
import re
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

ANSWER_S = 240.0
"""An emulated node on a busy machine starts the page at the first request."""


class Visitor:
    """A browser with cookies, at one origin; source: the address that it asks from."""

    def __init__(self, origin: str, source: str = "") -> None:
        self._origin = origin
        self._source = (source, 0) if source else None
        self._cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and body of the answer to a GET, or to a POST of a form."""
        parts = urlsplit(self._origin)
        connection = HTTPConnection(
            str(parts.hostname), parts.port, timeout=ANSWER_S, source_address=self._source
        )
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Connection": "close"}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Origin"] = self._origin
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        name, _, value = answer.getheader("Set-Cookie", "").partition(";")[0].partition("=")
        if name:
            self._cookies[name] = value
        return answer.status, answer.read().decode()

    def sign_in(self, password: str) -> int:
        """Sign in for looking."""
        return self.ask("/sign-in", {"password": password})[0]


def look(origin: str, password: str) -> dict[str, object]:
    """Look before signing in, with a wrong password, and with the right one."""
    visitor = Visitor(origin)
    found: dict[str, object] = {"stranger": visitor.ask("/")[0]}
    found["wrong password"] = visitor.sign_in(f"{password}?")
    found["right password"] = visitor.sign_in(password)
    found["page"], body = visitor.ask("/")
    title = re.search("<title>([^<]*)</title>", body)
    found["title"] = title[1] if title else body[:200]
    return found


def act(origin: str, password: str, control: str, verb: str, peer: str) -> dict[str, object]:
    """Try to act by looking alone, then as somebody who knows the second password."""
    visitor = Visitor(origin)
    visitor.sign_in(password)
    wanted = {"verb": verb, "peer": peer}
    found: dict[str, object] = {"by looking": visitor.ask("/control/act", wanted)[0]}
    who = {"person": "Anna", "password": control}
    found["control password"] = visitor.ask("/control/sign-in", who)[0]
    _, body = visitor.ask("/control")
    token = re.search('name="token" value="([0-9a-f]+)"', body)
    form = {"token": token[1] if token else "", **wanted}
    found["act"], body = visitor.ask("/control/act", form)
    said = re.search("<main.*</main>", body, re.DOTALL)
    found["said"] = " ".join(re.sub("<[^>]*>", " ", said[0] if said else body).split())[:200]
    return found


def get(url: str, source: str) -> dict[str, object]:
    """Ask for one thing from an address of this machine."""
    parts = urlsplit(url)
    status, body = Visitor(f"{parts.scheme}://{parts.netloc}", source).ask(parts.path)
    return {"status": status, "lines": len(body.splitlines()), "begin": body[:80]}


VISITS: dict[str, Callable[..., dict[str, object]]] = {"look": look, "act": act, "get": get}

if __name__ == "__main__":
    print(json.dumps(VISITS[sys.argv[1]](*sys.argv[2:])))
