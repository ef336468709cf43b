"""A USB modem that is an Ethernet interface has an address, and its routes come last."""

import json

import pytest

from rig.machine import MODEM_NETWORK
from rig.node import Node
from rig.strategy import Status
from rig.waiting import wait_for

pytestmark = [pytest.mark.nodes("alone"), pytest.mark.lg_feature("qemu")]

ETHERNET_METRIC, MODEM_METRIC = 100, 1000
WAIT_S = 600.0


def default_metrics(node: Node) -> dict[str, int]:
    """Return the metric of the default route of each interface, once there are two."""
    routes = json.loads(node.run("ip -json -4 route show default"))
    found = {str(route["dev"]): int(route["metric"]) for route in routes}
    return found if len(found) > 1 else {}


def test_its_routes_come_after_those_of_ethernet(alone: Node) -> None:
    alone.to(Status.ready)
    metrics = wait_for(lambda: default_metrics(alone), "two default routes", within_s=WAIT_S)
    (modem,) = [name for name, metric in metrics.items() if metric == MODEM_METRIC]
    assert sorted(metrics.values()) == [ETHERNET_METRIC, MODEM_METRIC]
    driver = alone.run(f"readlink /sys/class/net/{modem}/device/driver").rpartition("/")[2]
    assert driver in ("cdc_ether", "rndis_host")
    assert MODEM_NETWORK.removesuffix("0/24") in alone.run(f"ip -4 address show dev {modem}")


def test_updates_do_not_use_it(alone: Node) -> None:
    metrics = wait_for(lambda: default_metrics(alone), "two default routes", within_s=WAIT_S)
    (modem,) = [name for name, metric in metrics.items() if metric == MODEM_METRIC]
    (ethernet,) = set(metrics) - {modem}
    alone.run(f"networkctl down {ethernet}")
    wait_for(
        lambda: ethernet not in alone.run("ip -4 route show default"),
        "a machine with a modem alone",
        within_s=WAIT_S,
    )
    assert f"{modem} is a modem" in alone.run("netrelay card update --due")
    alone.run(f"networkctl up {ethernet}")
