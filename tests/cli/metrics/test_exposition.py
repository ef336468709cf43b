"""What the metrics say of a node, read by the parser of Prometheus' library."""

import re

import pytest

from netrelay.ring.counters import CounterPage
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.metrics.samples import Samples, read_samples
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def metrics(line: CommandLine) -> Samples:
    return read_samples(line.good("metrics"))


def test_an_empty_node_that_is_down(shelf: CommandLine) -> None:
    found = metrics(shelf)
    (node,) = found.named("netrelay_node_info")
    assert node["name"] == "shelf"
    assert found.value("netrelay_process_up", process="sender") == 0
    assert found.value("netrelay_health_findings", severity="error") == 0
    assert found.value("netrelay_peer_connected", peer="boat") == 0
    assert found.value("netrelay_peer_agreed_message_bytes", peer="boat") == 0
    assert found.value("netrelay_peer_oldest_message_age_seconds", peer="boat") == 0
    for direction in ("in", "out"):
        labels = {"peer": "boat", "direction": direction}
        assert found.value("netrelay_peer_delivered_total", **labels) == 0
        assert found.value("netrelay_peer_delivered_bytes_total", **labels) == 0
    assert found.named("netrelay_peer_heard_timestamp_seconds") == []
    assert found.value("netrelay_disk_free_bytes") > 0


def test_names_and_units_follow_the_conventions(shelf: CommandLine) -> None:
    """Names: prometheus.io/docs/practices/naming. A unit is a base unit and ends the name."""
    found = metrics(shelf)
    for name, unit in found.units.items():
        assert re.fullmatch(r"netrelay(_[a-z]+)+", name), name
        assert not name.endswith(("_total", "_count", "_sum", "_ms", "_us")), name
        assert unit in ("", "bytes", "seconds"), name
        if unit:
            assert name.endswith(f"_{unit}"), name
        else:
            assert not name.endswith(("_bytes", "_seconds")), name


def test_what_waits_and_what_moves(shelf: CommandLine) -> None:
    with up(shelf), walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 7)
        job = node.claim("boat", "film.mkv", 3 * MIB)
        found = metrics(shelf)
        assert found.value("netrelay_peer_connected", peer="boat") == 1
        assert found.value("netrelay_peer_agreed_message_bytes", peer="boat") == MIB
        assert found.value("netrelay_peer_messages", peer="boat", state="ready") == 4
        assert found.value("netrelay_messages", state="S-4", type="piece") == 3
        node.report("handed", "processor_s", f'parent = {job} AND type = 2 AND "offset" = 0')
        found = metrics(shelf)
        assert found.value("netrelay_peer_messages", peer="boat", state="ready") == 3
        assert found.value("netrelay_peer_messages", peer="boat", state="in_flight") == 1
        assert found.value("netrelay_peer_oldest_message_age_seconds", peer="boat") > 0


def test_findings_are_those_of_health(shelf: CommandLine) -> None:
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET name = ?", ('bo"at\\',))
    with walks(shelf) as node:
        node.agree('bo"at\\')
        job = node.claim('bo"at\\', "a", 5)
        with node.database.transaction():
            node.database.execute("UPDATE peers SET paused_s = 0")
    found = metrics(shelf)
    rows = shelf.good("sql", "--json", "SELECT kind, severity, subject FROM health")
    assert rows.count("paused") == 1, rows
    assert job > 0
    assert found.value("netrelay_health_findings", severity="warning") == 1
    labels = {"kind": "paused", "severity": "warning", "subject": 'bo"at\\'}
    assert found.value("netrelay_health_finding", **labels) == 1


def test_counters_and_durations_of_processes(shelf: CommandLine) -> None:
    with up(shelf):
        writer = CounterPage.open(shelf.runtime).writer("processor_r")
        writer.add("frames_in", 7)
        for duration_s in (0.0005, 0.003, 0.02, 9.0):
            writer.add_duration("flush", duration_s)
        found = metrics(shelf)
    labels = {"process": "processor_r"}
    assert found.value("netrelay_process_frames_total", **labels, direction="in") == 7
    buckets = "netrelay_process_flush_seconds_bucket"
    expected = {"0.001": 1, "0.004": 2, "0.016": 2, "0.064": 3, "4.096": 3, "+Inf": 4}
    assert {le: found.value(buckets, **labels, le=le) for le in expected} == expected
    assert found.value("netrelay_process_flush_seconds_count", **labels) == 4
    total_s = found.value("netrelay_process_flush_seconds_sum", **labels)
    assert total_s == pytest.approx(9.0235)


def test_a_budget(shelf: CommandLine) -> None:
    assert metrics(shelf).named("netrelay_peer_budget_limit_bytes") == []
    shelf.good("budget", "boat", "5M/day")
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), MIB))
    found = metrics(shelf)
    assert found.value("netrelay_peer_budget_limit_bytes", peer="boat") == 5 * MIB
    assert found.value("netrelay_peer_budget_left_bytes", peer="boat") == 4 * MIB
