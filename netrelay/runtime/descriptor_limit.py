"""The number of descriptors that a process may have: a hub has one for each connection."""

import resource
from contextlib import suppress
from typing import Final

# As LimitNOFILE= of the units. More than four for each connection that a listener accepts
# (link/connection_shares.py): its socket, and two of a connection in reverse.
MOST_DESCRIPTORS: Final = 8192


def raise_descriptor_limit() -> None:
    """Raise the soft limit to MOST_DESCRIPTORS, or to the hard limit where that is lower.

    The soft limit is 1,024 by default, for programs that use select(2); netrelay does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MOST_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def descriptors() -> int:
    """Return how many descriptors this process may have at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else min(soft, MOST_DESCRIPTORS)
