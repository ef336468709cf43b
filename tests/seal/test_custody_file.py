"""A custody file proves what relays signed, and each character of it counts."""

from contextlib import suppress
from pathlib import Path

import pytest

from netrelay.core.custody_word import (
    CUSTODY_DOMAIN,
    CustodySubject,
    CustodyWord,
    encode_custody,
    signed_custody,
)
from netrelay.seal import identity as identities
from netrelay.seal.custody_file import (
    CustodyFile,
    RelayWord,
    decode_custody_file,
    encode_custody_file,
    is_custody_file,
    prove_custody,
    sign_custody_file,
)
from netrelay.seal.identity import Identity
from netrelay.seal.proof_fields import Party, ProofFileError

EPOCH = bytes.fromhex("0011223344556677")


class Nodes:
    """shelf sends to boat over buoy and pier."""

    def __init__(self, root: Path) -> None:
        self.shelf, self.buoy, self.pier, self.boat = (
            identities.create(root / name) for name in ("shelf", "buoy", "pier", "boat")
        )

    def word(self, signer: Identity, word: CustodyWord, sequence: int = 42) -> bytes:
        """Return a word and its signature."""
        subject = CustodySubject(self.shelf.node_id, self.boat.node_id, EPOCH, sequence, 1)
        packed = encode_custody(word)
        return packed + signer.sign(CUSTODY_DOMAIN, signed_custody(subject, packed))

    def file(self) -> CustodyFile:
        """Return the file that says that the pier had it last."""
        first = CustodyWord(5, self.shelf.node_id, 1, self.pier.node_id, 2)
        second = CustodyWord(5, self.buoy.node_id, 2, None, 0)
        return CustodyFile(
            self.party(self.shelf, "shelf"),
            self.party(self.boat, "boat"),
            *(EPOCH, 42, 1, "file", "größe\x1b.jpg", 5, self.buoy.node_id),
            (
                RelayWord(self.party(self.buoy, "buoy"), self.word(self.buoy, first)),
                RelayWord(self.party(self.pier, "pier"), self.word(self.pier, second)),
            ),
        )

    @staticmethod
    def party(node: Identity, name: str) -> Party:
        """Return a node with its certificate."""
        return Party(node.node_id, name, node.certificate_der)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Nodes:
    """Return four nodes, of which the tests of this file change nothing."""
    return Nodes(tmp_path_factory.mktemp("nodes"))


def test_it_proves_who_had_it_last(nodes: Nodes) -> None:
    file = nodes.file()
    text = encode_custody_file(file, sign_custody_file(nodes.shelf, file)).encode()
    assert is_custody_file(text)
    proof = prove_custody(*decode_custody_file(text), [])
    assert proof.file == file
    assert proof.chain.last is not None
    assert proof.chain.last.node == nodes.pier.node_id
    assert proof.chain.strangers == ()
    assert {each.name for each in proof.provers.values()} == {"shelf", "buoy", "pier", "boat"}


def test_each_character_of_it_counts(nodes: Nodes) -> None:
    file = nodes.file()
    text = encode_custody_file(file, sign_custody_file(nodes.shelf, file)).encode()
    for at in range(0, len(text), 3):
        changed = text[:at] + (b"7" if text[at : at + 1] != b"7" else b"8") + text[at + 1 :]
        with suppress(ProofFileError):
            prove_custody(*decode_custody_file(changed), [])
            raise AssertionError(changed)


def test_a_word_of_another_node_or_message_is_refused(nodes: Nodes) -> None:
    file = nodes.file()
    word = CustodyWord(5, nodes.shelf.node_id, 1, None, 0)
    for signed in (nodes.word(nodes.pier, word), nodes.word(nodes.buoy, word, sequence=43)):
        other = file._replace(words=(file.words[0]._replace(signed=signed),))
        with pytest.raises(ProofFileError, match="is not signed by it"):
            prove_custody(other, sign_custody_file(nodes.shelf, other), [])


def test_what_its_source_alone_says_is_signed_too(nodes: Nodes) -> None:
    file = nodes.file()
    signature = sign_custody_file(nodes.shelf, file)
    with pytest.raises(ProofFileError, match="not signed by shelf"):
        prove_custody(file._replace(given_to=None), signature, [])
    with pytest.raises(ProofFileError, match="not signed by shelf"):
        prove_custody(file, sign_custody_file(nodes.boat, file), [])


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"format": "netrelay receipt 1"}', b"\xff"])
def test_any_other_text_is_no_such_file(text: bytes) -> None:
    assert not is_custody_file(text)
    with pytest.raises(ProofFileError, match="no custody file"):
        decode_custody_file(text)
