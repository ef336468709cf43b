"""Layout of the shared memory between two processes: offsets and formats, no behaviour.

A ring file (one writer, one reader):

      0                512              1024                              524 800
      +----------------+----------------+----------------+-- ... --+----------------+
      | shared header  | record place 0 | record place 1 |         | place 1023     |
      +----------------+----------------+----------------+-- ... --+----------------+

    A record place, 512 bytes; record n is stored in place n mod 1024:

      0              8           12          16                    16 + length     512
      +--------------+-----------+-----------+---------------------+----------------+
      | sequence u64 | length u32| crc32 u32 | payload             | left over      |
      +--------------+-----------+-----------+---------------------+----------------+

    sequence counts from 0 in each generation. The crc is CRC-32 (ISO-HDLC, as in zlib) over the
    payload, initialised with the low 32 bits of the sequence, so that a record left by an earlier
    lap never passes.

A slots file (bodies; one process fills, the other consumes):

      0                one page                   + slot_bytes
      +----------------+--------------------------+-- ... --+--------------------------+
      | shared header  | slot 0                   |         | slot slot_count - 1      |
      +----------------+--------------------------+-- ... --+--------------------------+

    A page is the system's (4 KiB, or 16 KiB with a Raspberry Pi 5 kernel); slot_bytes is a number
    of whole pages, so that the memory of one slot can be released.

The shared header of both:

      magic 8 bytes | generation u64 | count u32 (records or slots) | size u32 (bytes of one) | zero

A packet on the bell between them (a SEQPACKET socket preserves packet boundaries):

      kind u8 | u64 | u64
      1 HELLO   generation of the files | zero                the listener's first packet
      2 COUNTS  records I published     | records I consumed  both since the generation began

The counters file, one page without a header, in the order of PROCESSES:

      0                     512                   1024                         4096
      +---------------------+---------------------+-- ... --+---------------------+
      | 64 u64 of the first | 64 u64 of the second|         | 64 u64 of the eighth|
      +---------------------+---------------------+-- ... --+---------------------+

Integers are little-endian, except the counters, which are in native byte order so that each is one
store. A ring's memory contains no counts: Python has no release store and ARM reorders stores, so a
reader relies only on counts that arrived in a packet, that is, through the kernel.
"""

import struct

RECORD_BYTES = 512
RING_RECORDS = 1024
RING_HEADER_BYTES = 512
RING_FILE_BYTES = RING_HEADER_BYTES + RING_RECORDS * RECORD_BYTES

SHARED_HEADER = struct.Struct("<8sQII")
# The last digit changes with the records: processes of two versions never share a generation.
RING_MAGIC = b"NRRING10"
SLOTS_MAGIC = b"NRSLOT01"

RECORD_HEADER = struct.Struct("<QII")
PAYLOAD_LIMIT_BYTES = RECORD_BYTES - RECORD_HEADER.size

SLOT_COUNT_LIMIT = 4096
# A slot holds a complete frame: at most 16 MiB of capacity, its tags and its headers.
SLOT_LIMIT_BYTES = 32 * 1024 * 1024

BELL_PACKET = struct.Struct("<BQQ")
HELLO = 1
COUNTS = 2

COUNTERS_A_PROCESS = 64
COUNTER_BYTES = 8
