"""Debian's prometheus on loopback, with the rules of docs/monitoring, as a test starts it."""

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.command_line import CHECKOUT
from tests.story.nodes import free_address, wait_for

RULES = CHECKOUT / "docs" / "monitoring" / "alerts.yml"
_PORT = 9090
_PROGRAM = shutil.which("prometheus")
# Rules wait for minutes until they fire; a test does not.
_CONFIG = """\
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [alerts.yml]
scrape_configs:
  - job_name: netrelay
    static_configs:
"""


def why_no_prometheus() -> str:
    """Return why it cannot be started here; "" if it can."""
    return "" if _PROGRAM else "Debian's package prometheus is not here"


class Prometheus:
    """A running server; `place` is its address and port."""

    def __init__(self, place: str) -> None:
        self.place = place

    def ask(self, path: str, **query: str) -> Any:
        """Return the data of an answer of its HTTP interface; OSError if it gives none."""
        words = urllib.parse.urlencode(query)
        with urllib.request.urlopen(f"http://{self.place}/{path}?{words}", timeout=30) as answer:
            return json.load(answer)["data"]

    def firing(self, name: str, **labels: str) -> bool:
        """Return True while an alert with these labels fires."""
        alerts = self.ask("api/v1/alerts")["alerts"]
        wanted = {"alertname": name, **labels}.items()
        firing = (each["labels"].items() for each in alerts if each["state"] == "firing")
        return any(wanted <= labels for labels in firing)

    def values(self, query: str) -> list[float]:
        """Return the values of a query at this moment."""
        return [float(each["value"][1]) for each in self.ask("api/v1/query", query=query)["result"]]

    def wait_until_firing(self, name: str, **labels: str) -> None:
        """Block until an alert fires."""
        wait_for(f"{name} to fire for {labels}", lambda: self.firing(name, **labels))

    def wait_until_clear(self, name: str, **labels: str) -> None:
        """Block until an alert fires no more, while what it is about is scraped."""
        instance = f'up{{instance="{labels["instance"]}"}}'
        wait_for(
            f"{name} to clear for {labels}",
            lambda: self.values(instance) == [1.0] and not self.firing(name, **labels),
        )


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, str]) -> Iterator[Prometheus]:
    """Run a server that scrapes the targets, places by the name of their instance."""
    assert _PROGRAM is not None
    folder.mkdir()
    waits = re.sub(r"(?m)^( +for: ).*$", r"\g<1>1s", RULES.read_text())
    (folder / RULES.name).write_text(waits)
    listed = [
        f"      - {{targets: ['{place}'], labels: {{instance: {name}}}}}\n"
        for name, place in targets.items()
    ]
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG + "".join(listed))
    place = f"{free_address()}:{_PORT}"
    log = folder / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [
                _PROGRAM,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=1h",
                f"--web.listen-address={place}",
            ],
            stdout=said,
            stderr=said,
        )
    try:
        found = Prometheus(place)
        wait_for("prometheus", lambda: server.poll() is not None or _is_ready(place))
        assert server.poll() is None, log.read_text()
        yield found
    finally:
        server.kill()
        server.wait(20)


def _is_ready(place: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{place}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
