"""A router of a network without IPv4: it advertises a prefix, as radvd does (RFC 4861, RFC 4862).

    python -m tests.story.router_advertisements INTERFACE PREFIX

Hosts on the interface give themselves addresses in the /64. Prints `ready`; ends with its input.
"""

import ipaddress
import select
import socket
import struct
import sys

_EVERY_S = 1.0
_ALL_NODES = "ff02::1"
# RFC 4861, 4.2 and 4.6.2: type 134, hop limit, lifetime of the router; option 3 with 4 units of 8
# bytes, the flags on-link and autonomous, and two lifetimes.
_ADVERTISEMENT = struct.Struct("!BBHBBHII")
_PREFIX = struct.Struct("!BBBBIII16s")
_LIFETIME_S = 1800


def advertisement(prefix: str) -> bytes:
    """Return the message; the kernel fills in its checksum."""
    network = ipaddress.IPv6Address(prefix).packed
    head = _ADVERTISEMENT.pack(134, 0, 0, 64, 0, _LIFETIME_S, 0, 0)
    return head + _PREFIX.pack(3, 4, 64, 0xC0, _LIFETIME_S, _LIFETIME_S, 0, network)


def main() -> None:
    """Advertise until the input ends."""
    interface, prefix = sys.argv[1:]
    index = socket.if_nametoindex(interface)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as router:
        # Hosts ignore what may have been forwarded (RFC 4861, 6.1.2).
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        print("ready", flush=True)
        while True:
            router.sendto(advertisement(prefix), (_ALL_NODES, 0, 0, index))
            if select.select([sys.stdin], [], [], _EVERY_S)[0]:
                return


if __name__ == "__main__":
    main()
