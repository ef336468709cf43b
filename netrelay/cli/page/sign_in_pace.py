"""A bound on the tries of a password: for each address, and in all."""

import ipaddress
import threading
from collections import OrderedDict
from typing import Final

# In all 17,280 tries a day: a password of 8 random letters and digits stands for 10^8 days.
_ALL_BURST, _ALL_EVERY_S = 20, 5.0
_ADDRESS_BURST, _ADDRESS_EVERY_S = 5, 30.0
_MOST_ADDRESSES: Final = 256
_PREFIX: Final = {4: 32, 6: 64}


class _Allowance:
    """So many tries at once, and another one after each interval."""

    def __init__(self, burst: int, every_s: float) -> None:
        self._burst_s = burst * every_s
        self._every_s = every_s
        self._spent_until_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return for how long no further try is allowed; 0.0 if one is."""
        ahead_s = max(self._spent_until_s, now_s) + self._every_s - now_s
        return max(ahead_s - self._burst_s, 0.0)

    def spend(self, now_s: float) -> None:
        """Count one try."""
        self._spent_until_s = max(self._spent_until_s, now_s) + self._every_s


class SignInPace:
    """Counts tries, right and wrong ones. Its memory is bounded: the oldest address goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = _Allowance(_ALL_BURST, _ALL_EVERY_S)
        self._by_network: OrderedDict[str, _Allowance] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Count a try from an address, unless one is not allowed yet: then return for how long."""
        with self._lock:
            network = _network(address)
            own = self._by_network.get(network) or _Allowance(_ADDRESS_BURST, _ADDRESS_EVERY_S)
            wait_s = max(own.wait_s(now_s), self._all.wait_s(now_s))
            if wait_s > 0:
                return wait_s
            own.spend(now_s)
            self._all.spend(now_s)
            self._by_network[network] = own
            self._by_network.move_to_end(network)
            if len(self._by_network) > _MOST_ADDRESSES:
                self._by_network.popitem(last=False)
            return 0.0


def _network(address: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 one: who has one address has them all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, _PREFIX[found.version]), strict=False))
