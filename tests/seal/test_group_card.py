"""Cards and key files of groups: round trips, and refusal of whatever no member signed."""

from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.seal import identity
from netrelay.seal.armour import with_armour, without_armour
from netrelay.seal.card import CARD_LIMIT_BYTES, GROUP_CARD, decode_card
from netrelay.seal.group_card import GroupCard, decode_group_card, encode_group_card
from netrelay.seal.group_file import decode_group_file, encode_group_file, keep_group
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.seal.seal_errors import CardError, IdentityError

DOMAIN = b"netrelay group card v1\0"
MEMBERS = tuple(node_id_text(bytes([number]) * 20) for number in range(1, 4))


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return identity.create(tmp_path_factory.mktemp("group") / "identity")


@pytest.fixture(scope="module")
def text(group: Identity) -> str:
    return encode_group_card(group, "hq", MEMBERS)


def fields_of(text: str) -> list[Any]:
    signed = without_armour(GROUP_CARD, text, "card", CARD_LIMIT_BYTES)
    return msgpack.unpackb(signed[:-64])  # type: ignore[no-any-return]


def card_of(group: Identity, fields: object) -> str:
    payload = msgpack.packb(fields)
    return with_armour(GROUP_CARD, payload + group.sign(DOMAIN, payload))


def test_a_card_names_the_members_in_their_order(group: Identity, text: str) -> None:
    card = decode_group_card(f"Dear all,\n\n{text}\nBye")
    assert card == GroupCard(
        group.node_id, "hq", group.certificate_der, group.sealing_key.public_bytes, MEMBERS
    )


def test_a_card_of_a_group_is_no_card_of_a_node(group: Identity, text: str) -> None:
    with pytest.raises(CardError, match="the card of a group, not of a node"):
        decode_card(text)
    # Nor does the signature of one count for the other.
    payload = msgpack.packb(fields_of(text))
    other = with_armour(GROUP_CARD, payload + group.sign(b"netrelay card v1\0", payload))
    with pytest.raises(CardError, match="signature"):
        decode_group_card(other)


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        (0, 2, "version 2"),
        (1, "a\nb", "printable"),
        (2, b"x" * 40, "certificate"),
        (3, b"x" * 40, "sealing key"),
        (3, b"x" * 5000, "sealing key"),
        (4, [], "0 members"),
        (4, [b"x" * 19], "node id of 20 bytes"),
        (4, ["x" * 20], "node id of 20 bytes"),
        (4, [b"x" * 20, b"x" * 20], "twice"),
        (4, [bytes([number]) * 20 for number in range(17)], "exceeds|members"),
        (4, 7, "members is int"),
    ],
)
def test_a_field_out_of_bounds_is_refused(
    group: Identity, text: str, place: int, value: object, match: str
) -> None:
    fields = fields_of(text)
    fields[place] = value
    with pytest.raises(CardError, match=match):
        decode_group_card(card_of(group, fields))


def test_a_group_that_holds_itself_is_refused(group: Identity, text: str) -> None:
    fields = fields_of(text)
    fields[4] = [node_id_bytes(group.node_id)]
    with pytest.raises(CardError, match="holds itself"):
        decode_group_card(card_of(group, fields))
    with pytest.raises(CardError, match="holds itself"):
        encode_group_card(group, "hq", (group.node_id,))


@given(noise=st.binary(max_size=300))
def test_noise_is_no_card(noise: bytes) -> None:
    with pytest.raises(CardError):
        decode_group_card(with_armour(GROUP_CARD, noise))


def test_a_key_file_makes_another_member(group: Identity, tmp_path: Path) -> None:
    name, contents = decode_group_file(encode_group_file(group, "hq"))
    kept = keep_group(tmp_path, contents)
    assert (name, kept.node_id) == ("hq", group.node_id)
    assert kept.sealing_key.to_bytes() == group.sealing_key.to_bytes()
    assert kept.storage_secret != group.storage_secret
    assert [each.name for each in tmp_path.iterdir()] == [group.node_id]
    found = GroupKeys(tmp_path).find(group.node_id)
    assert found is not None
    assert found.certificate_der == group.certificate_der
    with pytest.raises(IdentityError, match="a member of the group"):
        keep_group(tmp_path, contents, {group.node_id})


def test_keys_that_do_not_fit_together_are_not_kept(group: Identity, tmp_path: Path) -> None:
    other = identity.create(tmp_path / "other")
    _, contents = decode_group_file(encode_group_file(group, "hq"))
    contents["identity.key"] = other.key_path.read_bytes()
    folder = tmp_path / "groups"
    folder.mkdir()
    with pytest.raises(IdentityError, match="is not the certificate of"):
        keep_group(folder, contents)
    assert list(folder.iterdir()) == []


def test_keys_of_another_group_or_open_ones_are_not_found(group: Identity, tmp_path: Path) -> None:
    keys = GroupKeys(tmp_path)
    assert keys.find(group.node_id) is None
    assert keys.find("../etc") is None
    _, contents = decode_group_file(encode_group_file(group, "hq"))
    kept = keep_group(tmp_path, contents)
    kept.key_path.parent.rename(tmp_path / MEMBERS[0])
    assert keys.find(MEMBERS[0]) is None
    (tmp_path / MEMBERS[0]).rename(tmp_path / group.node_id)
    (tmp_path / group.node_id / "identity.key").chmod(0o640)
    assert keys.find(group.node_id) is None
    (tmp_path / group.node_id / "identity.key").chmod(0o600)
    assert keys.find(group.node_id) is not None


@given(noise=st.binary(max_size=300))
def test_noise_is_no_key_file(noise: bytes) -> None:
    with pytest.raises(CardError):
        decode_group_file(with_armour("GROUP KEYS", noise))
