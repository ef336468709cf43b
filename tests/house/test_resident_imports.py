"""Resident processes import no module that is expensive on a Pi Zero 2 W.

Measured on a desk machine: sqlite_utils 147 ms and 23 MB, asyncio 91 ms, watchdog 61 ms; a Pi Zero
2 W takes about ten times as long, for each of eight processes. cryptography's X.509 costs 2.5 MiB,
its key files 2 MiB, dataclasses (by inspect) 0.6 MiB per process.
"""

import subprocess
import sys
from collections.abc import Iterable
from functools import cache

import pytest

from tests.house.source_tree import CHECKOUT, Module, modules_in, netrelay_modules, reaches

HEAVY = ("sqlite_utils", "asyncio", "watchdog", "click", "argparse", "netrelay.cli")
# Allowed where a node is created or enrolled, but not in a resident process.
HEAVY_TO_STAY = ("cryptography.x509", "cryptography.hazmat.primitives.serialization", "dataclasses")
SERVING = "netrelay.cli.serving"
ASKING = ("checks.landing_findings", "commands.support_bundle")
METRICS_FORMS = ("exposition", "node_metrics", "peer_metrics", "process_metrics")
RESIDENT_ROOMS = (
    "core",
    "store",
    "ring",
    "link",
    "seal",
    "runtime",
    "transfer",
    "processes",
    "landing",
)


def heavy_imports(module: Module) -> list[str]:
    """Return the heavy modules that the module imports, including late imports."""
    return [
        f"{module.name}:{each.line} imports {each.name}"
        for each in module.imports()
        if any(reaches(each.name, heavy) for heavy in HEAVY)
    ]


def heavy_among(loaded: Iterable[str]) -> list[str]:
    """Return the heavy modules in a list of loaded ones."""
    return sorted({*HEAVY, *HEAVY_TO_STAY} & set(loaded))


@cache
def loaded_by(statement: str) -> tuple[str, ...]:
    """Return the modules loaded by a statement in a fresh interpreter, dependencies included."""
    script = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return tuple(run.stdout.split())


@pytest.mark.parametrize("module", netrelay_modules(), ids=lambda module: module.name)
def test_no_resident_room_names_a_heavy_module(module: Module) -> None:
    if module.room in RESIDENT_ROOMS:
        assert heavy_imports(module) == []


@pytest.mark.parametrize(
    "name", [module.name for module in modules_in("processes")] or ["netrelay.processes"]
)
def test_a_process_loads_nothing_heavy(name: str) -> None:
    assert heavy_among(loaded_by(f"import {name}")) == []


@pytest.mark.parametrize(
    ("name", "users"),
    [
        ("netrelay.cli.page", {"netrelay.cli.commands.page"}),
        # None of the eight loads what asks a store.
        (
            "netrelay.landing",
            {*(f"netrelay.cli.{name}" for name in ASKING), "netrelay.processes.lander"},
        ),
        ("http.client", {"netrelay.landing.s3_store"}),
        ("netrelay.cli.metrics", {"netrelay.cli.commands.metrics"}),
        (SERVING, {"netrelay.cli.metrics.metrics_server", "netrelay.cli.page.page_server"}),
        ("waitress", {f"{SERVING}.bounded_channel", f"{SERVING}.http_server"}),
        ("prometheus_client", {f"netrelay.cli.metrics.{name}" for name in METRICS_FORMS}),
    ],
)
def test_what_is_served_is_loaded_by_its_own_command_alone(name: str, users: set[str]) -> None:
    """Neither the command line nor a module beside names these, or their libraries."""
    named = {
        module.name
        for module in netrelay_modules()
        if not module.name.startswith(name)
        and any(reaches(each.name, name) for each in module.imports())
    }
    assert named == users
    loaded = set(loaded_by("import netrelay.cli.main, netrelay.cli.commands.page"))
    assert name not in loaded


@pytest.mark.parametrize(
    "source",
    [
        "import sqlite_utils",
        "from asyncio import run",
        "def late():\n    import watchdog.observers",
        "import click as command_line",
        "from netrelay.cli import main",
    ],
)
def test_a_heavy_import_is_caught(source: str) -> None:
    assert len(heavy_imports(Module("netrelay.processes.sender", source))) == 1


def test_a_hidden_heavy_import_is_caught() -> None:
    assert heavy_among(loaded_by("import concurrent.futures, asyncio.events")) == ["asyncio"]
