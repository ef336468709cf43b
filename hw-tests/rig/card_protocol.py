"""What the strategy and the tests may ask of a card, wherever it lies."""

import abc
from pathlib import Path
from typing import Any


class CardProtocol(abc.ABC):
    """A card that is now with this machine and now in the node; never both."""

    target: Any
    """The node that it belongs to, as labgrid has it."""

    @property
    @abc.abstractmethod
    def path(self) -> Path:
        """The file or device that is the card; to be used only while it is with this machine."""

    @property
    @abc.abstractmethod
    def image_path(self) -> Path:
        """The image that it is flashed with."""

    @property
    @abc.abstractmethod
    def fleet_option(self) -> str:
        """The option of `netrelay fleet card` that takes `path`: --image or --device."""

    @abc.abstractmethod
    def flash(self) -> None:
        """Writes the image to it and leaves nothing of what it held."""

    @abc.abstractmethod
    def to_host(self) -> None:
        """Takes it out of the node, which has no power."""

    @abc.abstractmethod
    def to_node(self) -> None:
        """Puts it into the node, which has no power."""
