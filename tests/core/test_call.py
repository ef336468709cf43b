"""The first bytes of connections to a dataport."""

import pytest

from netrelay.core.call import CALL, FirstBytes, first_bytes
from netrelay.core.words import WireError


def test_a_call_is_known_once_all_of_its_bytes_are_here() -> None:
    heard = [first_bytes(CALL[:count]) for count in range(len(CALL) + 1)]
    assert heard == [FirstBytes.INCOMPLETE] * len(CALL) + [FirstBytes.CALL]
    assert first_bytes(CALL + b"\x16") is FirstBytes.CALL


def test_every_other_first_byte_is_tls_or_refused() -> None:
    for byte in range(256):
        begun = bytes([byte])
        if byte == 0x16:
            assert first_bytes(begun) is FirstBytes.TLS
        elif begun != CALL[:1]:
            with pytest.raises(WireError, match="neither TLS nor"):
                first_bytes(begun)


@pytest.mark.parametrize("place", range(1, len(CALL)))
def test_a_call_is_refused_at_its_first_other_byte(place: int) -> None:
    with pytest.raises(WireError):
        first_bytes(CALL[:place] + b"\0")
