"""A USB modem that is an Ethernet interface has an address, and its routes come last."""

import json

import pytest

from rig.machine import MODEM_NETWORK, OFFICE_NETWORK
from rig.node import Node
from rig.strategy import Status
from rig.waiting import wait_for

pytestmark = [pytest.mark.nodes("alone"), pytest.mark.lg_feature("qemu")]

ETHERNET_METRIC, MODEM_METRIC = 100, 1000
WAIT_S = 600.0
MODEM_ROUTER = "10.0.9.2"


def metrics(node: Node) -> dict[str, tuple[str, int]]:
    """Return the interface and the metric of both networks, once both are there."""
    routes = json.loads(node.run("ip -json -4 route show"))
    found = {str(x["dst"]): (str(x["dev"]), int(x.get("metric", 0))) for x in routes}
    return found if {MODEM_NETWORK, OFFICE_NETWORK} <= set(found) else {}


def test_its_routes_come_after_those_of_ethernet(alone: Node) -> None:
    alone.to(Status.ready)
    found = wait_for(lambda: metrics(alone), "addresses in both networks", within_s=WAIT_S)
    modem, metric = found[MODEM_NETWORK]
    assert (found[OFFICE_NETWORK][1], metric) == (ETHERNET_METRIC, MODEM_METRIC)
    driver = alone.run(f"readlink /sys/class/net/{modem}/device/driver").rpartition("/")[2]
    assert driver in ("cdc_ether", "rndis_host")


def test_updates_do_not_use_it(alone: Node) -> None:
    found = wait_for(lambda: metrics(alone), "addresses in both networks", within_s=WAIT_S)
    modem, metric = found[MODEM_NETWORK]
    alone.run(f"ip link set {found[OFFICE_NETWORK][0]} down")
    # QEMU's server names no router where nothing leads out.
    alone.run(f"ip route add default via {MODEM_ROUTER} dev {modem} metric {metric}")
    assert f"{modem} is a modem" in alone.run("netrelay card update --due")
