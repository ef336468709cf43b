"""The writes to the partition of a node's root file system, as its kernel counts them."""

from rig.node import Node

# Sectors written, in the line of Documentation/block/stat.rst in Linux; a flush has none.
_COMMAND = (
    "part=$(lsblk --noheadings --raw --output NAME,LABEL | awk '$2 == \"rootfs\" { print $1 }');"
    " awk '{ print $7 }' /sys/class/block/$part/stat"
)


def root_sectors_written(node: Node) -> int:
    """Return the sectors of 512 bytes that were written since this boot."""
    return int(node.run(_COMMAND))
