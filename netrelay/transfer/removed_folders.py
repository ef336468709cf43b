"""Folders of the node that somebody removed or moved away while it runs."""

from netrelay.runtime.log import FOLDER_MADE_AGAIN
from netrelay.runtime.node import Node


def log_made_again(node: Node) -> None:
    """Create what is missing, and log it: a step finds its folders, whatever happened before."""
    for folder in node.home.make_removed_folders():
        node.log.write(FOLDER_MADE_AGAIN, folder=folder.relative_to(node.home.path))
