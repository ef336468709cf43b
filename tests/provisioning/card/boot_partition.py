"""A card for tests: a boot partition and a root, each a folder."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from netrelay.cli.main import main
from netrelay.provisioning.card.boot_template import boot_template
from netrelay.provisioning.first_boot import Outcome, run
from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.seal.identity import load as load_identity
from netrelay.store.database import ReadOnlyDatabase, Row

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfZGrgFgnsxXPVCpptbCBip0o9dEzEVkRFQu6O8bo/7 you@laptop"
NAMED = '[node]\nname = "shelf"\n'
WIFI = '[wifi]\nssid = "home"\ncountry = "GB"\npassword = "geheim123"\n'


class Card:
    """A boot partition and the root that is provisioned from it."""

    def __init__(self, folder: Path) -> None:
        self.boot, self.root = folder / "boot", folder / "root"
        self.boot.mkdir(parents=True)
        (self.root / "etc" / "ssh").mkdir(parents=True)
        self.runtime = folder / "root" / "var" / "lib" / "netrelay.run"
        self.runtime.parent.mkdir(parents=True)
        self.write(boot_template())

    @property
    def home(self) -> Home:
        return TargetSystem(self.root).home

    def write(self, text: str) -> None:
        (self.boot / "netrelay.toml").write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.boot / name).read_bytes().decode()

    def of_root(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()

    @contextmanager
    def environment(self) -> Iterator[None]:
        before = os.environ.get("NETRELAY_RUNTIME_DIRECTORY")
        os.environ["NETRELAY_RUNTIME_DIRECTORY"] = str(self.runtime)
        try:
            yield
        finally:
            os.environ.pop("NETRELAY_RUNTIME_DIRECTORY")
            if before is not None:
                os.environ["NETRELAY_RUNTIME_DIRECTORY"] = before

    def start(self, at_step: Callable[[str], None] = lambda _: None) -> Outcome:
        """Do what the first-boot unit does at a boot; `at_step` is called before each step."""
        with self.environment():
            return run(self.boot, TargetSystem(self.root), at_step)

    def good(self) -> Outcome:
        outcome = self.start()
        assert outcome.mistakes == (), [mistake.text for mistake in outcome.mistakes]
        return outcome

    def command(self) -> tuple[int, str, str]:
        """Run `netrelay first-boot`; return exit status, standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        with self.environment(), redirect_stdout(out), redirect_stderr(err):
            code = main(["first-boot", "--boot", str(self.boot), "--root", str(self.root)])
        return code, out.getvalue(), err.getvalue()

    def rows(self, sql: str) -> list[Row]:
        database = ReadOnlyDatabase(self.home.database, system_clock())
        try:
            return database.rows(sql)
        finally:
            database.close()

    @property
    def node_id(self) -> str:
        return load_identity(self.home.keys).node_id

    def everything(self) -> dict[str, bytes]:
        """Return all files that a repetition must not change, by path; without the database."""
        return {
            str(path.relative_to(self.root.parent)): path.read_bytes()
            for folder in (self.boot, self.root)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and ".db" not in path.name
        }
