"""The interface of a card for strategy and tests."""

import abc
from pathlib import Path
from typing import Any


class CardProtocol(abc.ABC):
    """A card that is either attached to this machine or in the node."""

    target: Any
    """The node that it belongs to, as labgrid has it."""

    @property
    @abc.abstractmethod
    def path(self) -> Path:
        """The file or device of the card; only to be used while it is attached to this machine."""

    @property
    @abc.abstractmethod
    def image_path(self) -> Path:
        """The image to flash."""

    @property
    @abc.abstractmethod
    def fleet_option(self) -> str:
        """The option of `netrelay fleet card` for `path`: --image or --device."""

    @abc.abstractmethod
    def flash(self) -> None:
        """Write the image and erase all earlier content."""

    @abc.abstractmethod
    def to_host(self) -> None:
        """Attach it to this machine; the node must be off."""

    @abc.abstractmethod
    def to_node(self) -> None:
        """Attach it to the node, which must be off."""
