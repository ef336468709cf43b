"""Generator of the vectors: pairs of a .bin file and a .json file with its meaning.

    python -m tests.vectors.generate      rewrites every pair; the same bytes each time

The generator does not import netrelay: structs, msgpack, hashes, seals and signatures are composed
from their libraries and docs/protocol.md, so that the vectors are an independent implementation.
"""

import json
from pathlib import Path

from tests.vectors.compressed_vectors import contents, kinds
from tests.vectors.custody_vectors import custody_files, custody_words
from tests.vectors.frame_vectors import small_frames
from tests.vectors.header_vectors import headers, node_ids
from tests.vectors.hello_vectors import first_bytes, hellos
from tests.vectors.manifest_vectors import manifests
from tests.vectors.medium_vectors import medium_headers, medium_names
from tests.vectors.message_vectors import message_frames, sealings
from tests.vectors.packed_vectors import packed_messages
from tests.vectors.pair import Vector
from tests.vectors.receipt_file_vectors import content_words, receipt_files
from tests.vectors.receipt_vectors import receipts
from tests.vectors.resumption_vectors import resumptions
from tests.vectors.single_vectors import directories, file_names, singles

HERE = Path(__file__).parent
PROTOCOL = HERE.parent.parent / "docs" / "protocol.md"
_TABLE_BEGIN, _TABLE_END = "<!-- vectors -->\n", "<!-- end of vectors -->\n"


def vectors() -> list[Vector]:
    """Return every vector, in order; raise when a name occurs twice."""
    every = [
        *node_ids(),
        *hellos(),
        *first_bytes(),
        *headers(),
        *sealings(),
        *small_frames(),
        *resumptions(),
        *message_frames(),
        *packed_messages(),
        *manifests(),
        *singles(),
        *directories(),
        *contents(),
        *kinds(),
        *receipts(),
        *content_words(),
        *receipt_files(),
        *custody_words(),
        *custody_files(),
        *medium_headers(),
        *medium_names(),
        *file_names(),
    ]
    assert len({v.name for v in every}) == len(every)
    return every


def meaning_text(vector: Vector) -> str:
    """Return the JSON of a vector as stored."""
    return json.dumps(vector.meaning, indent=1, ensure_ascii=False) + "\n"


def protocol_text(every: list[Vector]) -> str:
    """Return the protocol document with its table of vectors up to date."""
    before, _, rest = PROTOCOL.read_text(encoding="utf-8").partition(_TABLE_BEGIN)
    after = rest.partition(_TABLE_END)[2]
    lines = ["| vector | about | refusal |\n", "|---|---|---|\n"]
    lines += [
        f"| `{v.name}` | {v.meaning['about']} | {v.meaning.get('refusal', '')} |\n"
        for v in sorted(every, key=lambda vector: vector.name)
    ]
    return "".join((before, _TABLE_BEGIN, *lines, _TABLE_END, after))


def main() -> None:
    """Write every pair and the table in the document; remove obsolete pairs."""
    every = vectors()
    for vector in every:
        (HERE / f"{vector.name}.bin").write_bytes(vector.data)
        (HERE / f"{vector.name}.json").write_text(meaning_text(vector), encoding="utf-8")
    names = {vector.name for vector in every}
    for pattern in ("*.bin", "*.json"):
        for path in HERE.glob(pattern):
            if path.stem not in names:
                path.unlink()
    PROTOCOL.write_text(protocol_text(every), encoding="utf-8")


if __name__ == "__main__":
    main()
