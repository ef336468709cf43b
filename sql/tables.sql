-- The tables of a node. Times ending in _s are seconds of the node's own clock: they grow only while
-- the machine is powered, less what cuts of the power took, and are never the wall clock's. unix_s columns
-- are for people to read.

-- This node. One row.
CREATE TABLE selfinfo (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  node        TEXT    NOT NULL,              -- node id, from the identity key
  name        TEXT    NOT NULL,              -- what people call it
  ipaddress   TEXT    NOT NULL,              -- listening address; a wildcard is said to peers as none
  commsport   INTEGER NOT NULL CHECK (commsport BETWEEN 1 AND 65535),
  dataports   TEXT    NOT NULL CHECK (json_array_length(dataports) BETWEEN 1 AND 4),
  capacity    INTEGER NOT NULL CHECK (capacity BETWEEN 65536 AND 16777216 AND capacity % 65536 = 0),
  lifetime_s  INTEGER NOT NULL CHECK (lifetime_s > 0),
  epoch       BLOB    NOT NULL CHECK (length(epoch) = 8), -- new when the database is made, and at every start
  -- how long what others send is kept at most while it is not complete, or not carried on, whatever its lifetime
  incoming_lifetime_s INTEGER NOT NULL DEFAULT 2592000 CHECK (incoming_lifetime_s > 0),
  can_be_dialled INTEGER NOT NULL DEFAULT 1 CHECK (can_be_dialled IN (0, 1)),  -- 0: it places calls to receive
  call_every_s INTEGER CHECK (call_every_s BETWEEN 60 AND 604800), -- how often it does; NULL: they stay open
  -- the peers, by name, whose files land in a store ([land] of netrelay.toml), [] for all of them; NULL: nothing lands
  lands        TEXT CHECK (lands IS NULL OR json_valid(lands)),
  keeps_inbox  INTEGER NOT NULL DEFAULT 1 CHECK (keeps_inbox IN (0, 1))  -- 0: what has landed is not put into the inbox
) STRICT;

-- The enrolled nodes: certificate, keys, addresses, route.
CREATE TABLE peers (
  node           TEXT    PRIMARY KEY,
  name           TEXT    NOT NULL UNIQUE,    -- names the drop and inbox folders
  pin            BLOB    NOT NULL UNIQUE CHECK (length(pin) = 32),  -- SHA-256 of the certificate
  addresses      TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(addresses)),
  commsport      INTEGER NOT NULL DEFAULT 7411 CHECK (commsport BETWEEN 1 AND 65535),
  said_addresses TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(said_addresses)),  -- by its last hello or reply
  said_commsport INTEGER,                    -- likewise; NULL: none since a person last gave one
  seen_address   TEXT    NOT NULL DEFAULT '',  -- where it last called from
  via            TEXT,                       -- next hop; itself = direct; NULL = no route
  quota_bytes    INTEGER,                    -- how much it may keep on our disk; NULL = a quarter of the disk
  paused_s       REAL,                       -- since when a person lets nothing be offered to it; NULL: not paused
  -- how fast it is sent to as a next hop; NULL = as fast as the line goes (netrelay/core/token_bucket.py)
  limit_bytes_per_s INTEGER CHECK (limit_bytes_per_s BETWEEN 4096 AND 10737418240),
  last_agreement INTEGER NOT NULL DEFAULT 0,  -- highest agreement number seen with it
  -- by its last hello or reply: it cannot be dialled, and calls this node to receive; it accepts calls; it goes on
  -- with what a broken connection had begun
  calls          INTEGER NOT NULL DEFAULT 0 CHECK (calls IN (0, 1)),
  answers_calls  INTEGER NOT NULL DEFAULT 0 CHECK (answers_calls IN (0, 1)),
  resumes        INTEGER NOT NULL DEFAULT 0 CHECK (resumes IN (0, 1)),
  -- it unpacks what is sent compressed: by its last hello or reply, or by a receipt of it
  unpacks        INTEGER NOT NULL DEFAULT 0 CHECK (unpacks IN (0, 1)),
  -- by its last hello or reply: it takes packed frames; it takes frames in reverse on the connections that it dials
  takes_packed   INTEGER NOT NULL DEFAULT 0 CHECK (takes_packed IN (0, 1)),
  both_ways      INTEGER NOT NULL DEFAULT 0 CHECK (both_ways IN (0, 1)),
  is_group       INTEGER NOT NULL DEFAULT 0 CHECK (is_group IN (0, 1)),  -- 1: several machines hold its identity; by its card
  beside         INTEGER NOT NULL DEFAULT 1 CHECK (beside BETWEEN 1 AND 3)  -- so many of addresses carry large files together
) STRICT, WITHOUT ROWID;

-- Certificate and sealing key of a peer. They have a table of their own since SQLite, to compare the key of a row of peers
-- that continues in an overflow page, reads that page: each look-up of a peer would read both.
CREATE TABLE peer_keys (
  node        TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  certificate BLOB NOT NULL,                 -- DER
  sealing_key BLOB NOT NULL                  -- for sealing to it
) STRICT;

-- Those that a next hop takes messages for.
CREATE INDEX peers_by_hop ON peers (via);
CREATE INDEX peers_beside ON peers (node) WHERE beside > 1;

-- The groups that this node is a member of: identities that it holds besides its own. Their keys are in the folder groups
-- of the home.
CREATE TABLE held_groups (
  node          TEXT    PRIMARY KEY,         -- node id of the group
  name          TEXT    NOT NULL UNIQUE,
  joined_unix_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Folders that still have the name that their peer had before `netrelay peer rename`.
CREATE TABLE old_folders (
  node   TEXT NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  parent TEXT NOT NULL CHECK (parent IN ('claims', 'drop', 'inbox', 'sent', 'failed')),
  name   TEXT NOT NULL,                      -- of the folder; the name of the peer is in peers
  PRIMARY KEY (node, parent)
) STRICT, WITHOUT ROWID;

-- Counts the changes of what processes keep in memory of peers, of their agreements and of what they may do here: one
-- row. A process looks what has changed when the number has.
CREATE TABLE peer_revision (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL
) STRICT;

-- Which peer each of the last 4096 changes was about: a process reads those alone again.
CREATE TABLE peer_changes (
  number INTEGER PRIMARY KEY,                -- as it was in peer_revision
  node   TEXT    NOT NULL
) STRICT;

-- What a peer may do here. Without a row nothing is allowed.
CREATE TABLE rights (
  peer    TEXT NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  verb    TEXT NOT NULL CHECK (verb IN ('deliver', 'relay', 'carry')),
  subject TEXT NOT NULL DEFAULT '',          -- carry: the third node whose messages it may bring
  PRIMARY KEY (peer, verb, subject)
) STRICT, WITHOUT ROWID;

-- The agreement with each peer.
CREATE TABLE sysinfo (
  node             TEXT    PRIMARY KEY,
  ipaddress        TEXT    NOT NULL,         -- JSON array of literal addresses it named, may be empty
  commsport        INTEGER NOT NULL,
  dataports        TEXT    NOT NULL CHECK (json_array_length(dataports) BETWEEN 1 AND 4),
  message_size     INTEGER NOT NULL CHECK (message_size BETWEEN 65536 AND 16777216),
  agreement_number INTEGER NOT NULL,
  epoch            BLOB    NOT NULL,         -- of the other node's database when this was settled
  settled_s        REAL    NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One row for each file or directory given to us (path: where it lies, claimed) or coming to us (inbox_name).
CREATE TABLE files (
  id          INTEGER PRIMARY KEY,
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  epoch       BLOB    NOT NULL,
  sequence    INTEGER NOT NULL,
  name        TEXT    NOT NULL,              -- for people; bytes that are not UTF-8 are escaped
  kind        INTEGER NOT NULL DEFAULT 1 CHECK (kind IN (1, 3)),   -- file, directory
  size_bytes  INTEGER NOT NULL CHECK (size_bytes >= 0),            -- of a directory: of its stream
  mtime_ns    INTEGER NOT NULL,
  path        BLOB,                          -- ours: the claim, relative to the home
  fingerprint TEXT,                          -- ours: inode, size, mtime, ctime at the claim; of a directory: a hash of all of them
  inbox_name  TEXT,                          -- theirs: chosen and committed before the name is made
  kept        BLOB,                          -- ours: in sent/ or failed/, relative to the home; for failed/ chosen
                                             -- and committed before it is moved there
  kept_s      REAL,                          -- ours: since when it lies in sent/
  unix_s      INTEGER NOT NULL,              -- when it was claimed or admitted
  closed      INTEGER NOT NULL DEFAULT 0,    -- ours: put away into sent/ or failed/; theirs: in the inbox
  -- theirs, while all of it is here and it cannot be put into the inbox (delivery.sql); ours, while it cannot be read
  -- (sources.sql):
  trouble     TEXT,                          -- why, as a word of DeliveryTrouble (netrelay/core/words.py); ours: unread
  trouble_reason TEXT,                       -- why, for people
  trouble_s   REAL,                          -- since when
  failures    INTEGER NOT NULL DEFAULT 0,    -- tries that failed since then
  due_s       REAL    NOT NULL DEFAULT 0,    -- when it is tried again; 0: no try has failed
  copied      TEXT,                          -- its complete copy in the folder .unfinished of another disk; only that copy
                                             -- is moved to its place there (netrelay/transfer/copying.py)
  compressed  TEXT,                          -- ours: its compressed copy in drop/.compressed, which is what is sent; NULL:
                                             -- it is sent as it is
  compressed_fingerprint TEXT,               -- ours: of that copy
  plain_hash  BLOB CHECK (length(plain_hash) = 32),  -- ours: BLAKE3 of what was compressed
  content_hash BLOB CHECK (length(content_hash) = 32),  -- theirs: BLAKE3 of the file in the inbox, for its receipt
  UNIQUE (source, destination, epoch, sequence)   -- delivered once
) STRICT;
CREATE INDEX files_open ON files (id) WHERE closed = 0;
CREATE INDEX files_sent ON files (kept_s) WHERE kept_s IS NOT NULL;
CREATE INDEX files_postponed ON files (due_s) WHERE due_s > 0;
-- Coming, or complete and not tried yet.
CREATE INDEX files_untried ON files (id) WHERE due_s = 0 AND closed = 0 AND path IS NULL;

-- What `netrelay send` asks for a file that it puts into a drop folder: inode and time tell which. NULL: as
-- configured. job: what became of it, once importer has taken it.
CREATE TABLE wishes (
  id         INTEGER PRIMARY KEY,
  inode      INTEGER NOT NULL,
  mtime_ns   INTEGER NOT NULL,
  priority   INTEGER CHECK (priority BETWEEN 0 AND 9),
  lifetime_s INTEGER CHECK (lifetime_s > 0),
  job        INTEGER,
  born_s     REAL    NOT NULL
) STRICT;
CREATE INDEX wishes_open ON wishes (inode) WHERE job IS NULL;

-- Runs of the post-receive program: owed while exit_status is NULL, so a run that was cut short is made again.
CREATE TABLE hooks (
  file         INTEGER PRIMARY KEY REFERENCES files (id),
  message      INTEGER NOT NULL,             -- the message that brought it
  exit_status  INTEGER,                      -- as a shell gives it: 128 + signal when killed, 127 not found
  ended_unix_s INTEGER,
  output       TEXT                          -- the beginning of what it said
) STRICT;
CREATE INDEX hooks_owed ON hooks (file) WHERE exit_status IS NULL;

-- Files that have to land in a store, once each is complete and its hash is known, and those that have landed. lander
-- puts them there; until the store has acknowledged one, exporter does not report it.
CREATE TABLE landings (
  file          INTEGER PRIMARY KEY REFERENCES files (id),
  message       INTEGER NOT NULL,            -- the message that brought it
  content_hash  BLOB    NOT NULL CHECK (length(content_hash) = 32),  -- BLAKE3; of a directory that of its tree
  born_s        REAL    NOT NULL,            -- since when it waits for the store
  bucket        TEXT,                        -- where it has landed: bucket and key; NULL: it has not
  object        TEXT,
  landed_unix_s INTEGER                      -- when the store acknowledged it
) STRICT;
CREATE INDEX landings_open ON landings (file) WHERE object IS NULL;

-- Messages and jobs. Only the engine writes a state.
CREATE TABLE messages (
  id           INTEGER PRIMARY KEY,
  type         INTEGER NOT NULL,
  state        TEXT    NOT NULL DEFAULT '-',
  source       TEXT    NOT NULL,
  destination  TEXT    NOT NULL,
  epoch        BLOB    NOT NULL,
  sequence     INTEGER NOT NULL,             -- dense for each source, destination and epoch
  attempt      INTEGER NOT NULL DEFAULT 1,   -- a person's retry makes a new one
  "offset"     INTEGER NOT NULL DEFAULT 0,   -- plaintext range of the whole that this row carries
  size_bytes   INTEGER NOT NULL DEFAULT 0,
  total_bytes  INTEGER NOT NULL DEFAULT 0,   -- plaintext size of the whole
  inner_bytes  INTEGER NOT NULL DEFAULT 0,   -- job: size of the inner header if it goes as a single
  parent       INTEGER NOT NULL DEFAULT 0,   -- what this is a piece of; 0 is the root
  file         INTEGER REFERENCES files (id),
  next_hop     TEXT,
  previous_hop TEXT,
  envelope     BLOB,                         -- end-to-end header as it came, byte for byte
  salt         BLOB,                         -- carried for another: of the sealing, from the hop header
  hash         BLOB,                         -- BLAKE3-256 the previous hop claimed
  found        BLOB,                         -- the same, computed here
  birth        TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  priority     INTEGER NOT NULL DEFAULT 4 CHECK (priority BETWEEN 0 AND 9),  -- 0 first
  lifetime_s   INTEGER NOT NULL DEFAULT 0,
  age_s        REAL    NOT NULL DEFAULT 0,   -- when it was born here
  hops         INTEGER NOT NULL DEFAULT 0,
  born_s       REAL    NOT NULL DEFAULT (clock()),
  due_s        REAL    NOT NULL DEFAULT 0,   -- not taken up before; for this node: not answered again before
  expires_s    REAL,                         -- NULL: its parent's lifetime covers it
  refusals     INTEGER NOT NULL DEFAULT 0,
  repeats      INTEGER NOT NULL DEFAULT 0,
  hints        INTEGER NOT NULL DEFAULT 0,   -- job: how often a relay said that it could not carry it on;
                                             -- carried: how often its source was told that the next hop refuses it
  turn         REAL    NOT NULL DEFAULT 0,   -- S-4, chunk: its start tag in fair queueing (turns.sql)
  cut_bytes    INTEGER NOT NULL DEFAULT 0,   -- S-2: how far it is split
  pieces_left  INTEGER NOT NULL DEFAULT 0,   -- S-2W: pieces not yet acknowledged
  effect       TEXT,                         -- of the last move
  last_event   INTEGER NOT NULL DEFAULT 0,
  reason       TEXT,
  info         TEXT CHECK (info IS NULL OR json_valid(info)),
  refusal      INTEGER,                      -- code of the last refusal by the next hop (refusals.txt)
  CHECK (state <> 'D' OR reason IS NOT NULL)
) STRICT;

-- A wrong hash does not claim its identity. Sealed bytes that are carried for another node cannot be verified here: what
-- each peer brings of them has rows of its own, so that nobody takes the place of another's.
CREATE UNIQUE INDEX messages_identity ON messages
  (source, destination, epoch, sequence, attempt, type, "offset", size_bytes,
   CASE WHEN salt IS NULL THEN '' ELSE coalesce(previous_hop, '') END) WHERE hash IS found;
CREATE INDEX messages_to_route ON messages (next_hop, id) WHERE state = 'S-1';
CREATE INDEX messages_to_split ON messages (id) WHERE state = 'S-2';
CREATE INDEX messages_to_send ON messages (next_hop, priority, (type NOT IN (3, 7)) + (type = 2), turn, id)
  WHERE state = 'S-4';
CREATE INDEX messages_words ON messages (next_hop) WHERE state = 'S-4' AND type = 7;
CREATE INDEX messages_receipts ON messages (destination) WHERE state = 'S-4' AND type = 7 AND birth = 'made';
CREATE INDEX messages_postponed ON messages (due_s) WHERE state = 'S-4' AND due_s > 0;
CREATE INDEX messages_exhausted ON messages (id) WHERE state = 'S-4' AND refusals >= 12;
CREATE INDEX messages_in_flight ON messages (next_hop, priority, turn) WHERE state = 'S-4W';
CREATE INDEX messages_to_greet ON messages (due_s) WHERE state = 'S-5';
CREATE INDEX messages_greeting ON messages (destination) WHERE state = 'S-5';
CREATE INDEX messages_to_export ON messages (type, id) WHERE state = 'N-4';
CREATE INDEX messages_coming ON messages (source) WHERE state = 'N-4' AND type IN (1, 3);
CREATE INDEX messages_to_repeat ON messages (due_s) WHERE state = 'S-2W' AND pieces_left = 0;
-- Receipts that were asked for again.
CREATE INDEX messages_unconfirmed ON messages (id) WHERE state = 'S-2W' AND pieces_left = 0 AND repeats + hints > 0;
-- Used only where the query says parent > 0 too.
CREATE INDEX messages_pieces ON messages (parent, type, "offset") WHERE parent > 0;
CREATE INDEX messages_lifetime ON messages (expires_s)
  WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D') AND state <> 'S-5';
-- The low water: the smallest unfinished sequence of this node in an epoch.
CREATE INDEX messages_unfinished ON messages (destination, source, epoch, sequence)
  WHERE parent = 0 AND (type IN (1, 3) OR type IN (6, 7)) AND state <> 'F';
-- Bytes in the spool that were not passed on yet.
CREATE INDEX messages_carried ON messages (source, destination, epoch, sequence, attempt, previous_hop, "offset")
  WHERE salt IS NOT NULL AND state NOT IN ('F', 'D');
-- What has ended, oldest first.
CREATE INDEX messages_over ON messages (state, last_event) WHERE parent = 0 AND state IN ('F', 'D');
-- Signed messages that wait here, of another node.
CREATE INDEX messages_signed ON messages (source, type)
  WHERE envelope IS NOT NULL AND salt IS NULL AND parent = 0 AND state NOT IN ('F', 'D');
-- Dead on arrival.
CREATE INDEX messages_damaged ON messages (previous_hop) WHERE hash IS NOT found;
CREATE INDEX messages_file ON messages (file) WHERE file IS NOT NULL;

-- The walks that were taken, one row each.
CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  message    INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  from_state TEXT    NOT NULL,
  to_state   TEXT    NOT NULL,
  walk       TEXT    NOT NULL,               -- every state it passed, in order
  effect     TEXT,
  actor      TEXT    NOT NULL,
  reason     TEXT,
  at_s       REAL    NOT NULL,
  due_s      REAL                            -- before when the message is not taken up, where the fact says so
) STRICT;
CREATE INDEX events_of_message ON events (message, seq);

-- Bodies that are not read from a file: manifests and receipts, made here, and texts of ours (with their
-- inner header, not sealed yet). Never inside a messages row, which is rewritten at every move.
CREATE TABLE bodies (
  message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  body    BLOB NOT NULL
) STRICT;

-- What came for us compressed, while it is not in the inbox.
CREATE TABLE compressed_wholes (
  message     INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  plain_bytes INTEGER NOT NULL CHECK (plain_bytes > 0),                          -- as its source says
  plain_hash  BLOB    NOT NULL CHECK (length(plain_hash) = 32),                  -- likewise, BLAKE3
  -- 1: what it unpacks to is complete and durable (netrelay/transfer/decompression.py)
  is_unpacked INTEGER NOT NULL DEFAULT 0 CHECK (is_unpacked IN (0, 1))
) STRICT;

-- BLAKE3 of files that came for us in pieces, each after the one before: hashed as they were written, until the file is in
-- the inbox. exporter reads all others.
CREATE TABLE content_hashes (
  message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Texts that came for us. written_unix_s is the source's word, unix_s is ours; both are for people.
CREATE TABLE texts (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,  -- never again, also when all were removed
  message        INTEGER NOT NULL,
  source         TEXT    NOT NULL,
  epoch          BLOB    NOT NULL,
  sequence       INTEGER NOT NULL,
  written_unix_s INTEGER NOT NULL,
  unix_s         INTEGER NOT NULL,
  text           TEXT    NOT NULL,
  destination    TEXT    NOT NULL,             -- this node, or a group
  UNIQUE (source, destination, epoch, sequence)  -- delivered once
) STRICT;

-- Which bytes of a coming file are durable: merged ranges, first included, last not.
CREATE TABLE ranges (
  message INTEGER NOT NULL,
  first   INTEGER NOT NULL,
  last    INTEGER NOT NULL CHECK (last > first),
  PRIMARY KEY (message, first)
) STRICT, WITHOUT ROWID;

-- Keys for singles, as their manifests came: opened in memory only.
CREATE TABLE keys (
  source   TEXT NOT NULL,
  epoch    BLOB NOT NULL,
  key_id   BLOB NOT NULL,
  envelope BLOB NOT NULL,
  body     BLOB NOT NULL,
  born_s   REAL NOT NULL,
  PRIMARY KEY (source, key_id)
) STRICT, WITHOUT ROWID;

-- The keys under which this node seals singles, the newest for each destination. The key itself is derived of the node's
-- own secret (netrelay/transfer/sealer.py).
CREATE TABLE single_keys (
  destination TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  key_id      BLOB    NOT NULL CHECK (length(key_id) = 8),
  born_s      REAL    NOT NULL,
  starts      INTEGER NOT NULL DEFAULT 0     -- how many starts have gone on with it
) STRICT, WITHOUT ROWID;

-- Sequences that were finished here, as merged ranges: what is in here is never delivered again. A source counts them for
-- each destination: this node, or a group.
CREATE TABLE seen (
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  epoch       BLOB    NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL CHECK (last > first),
  PRIMARY KEY (source, epoch, destination, first)
) STRICT, WITHOUT ROWID;

-- Epochs of other nodes from which messages for this node came. heard_s: when the first one came.
CREATE TABLE epochs (
  source  TEXT NOT NULL,
  epoch   BLOB NOT NULL,
  heard_s REAL NOT NULL,
  PRIMARY KEY (source, epoch)
) STRICT, WITHOUT ROWID;
CREATE INDEX epochs_by_age ON epochs (source, heard_s);

-- Epochs that peers named in their hellos and replies, the newest eight of each. A node that restarts begins a new one
-- and never returns to the one before: two machines with one identity do (the view `twins`).
CREATE TABLE named_epochs (
  node    TEXT    NOT NULL,
  epoch   BLOB    NOT NULL,
  number  INTEGER NOT NULL,                  -- counts the epochs of the node in the order in which they were heard
  first_s REAL    NOT NULL,
  last_s  REAL    NOT NULL,
  address TEXT    NOT NULL,                  -- where the node was when it last named it
  twice_s REAL,                              -- since when it says that two machines use our identity; NULL: it does not
  PRIMARY KEY (node, epoch)
) STRICT, WITHOUT ROWID;

-- Receipt entries that are owed; processor_s signs a batch of them into one receipt. To a source: about messages for
-- this node, and hints about messages for another node that could not be carried on. To a destination: about jobs of
-- this node that were given up.
CREATE TABLE receipts_due (
  addressee   TEXT    NOT NULL,
  destination TEXT    NOT NULL,              -- of the message that the entry is about
  epoch       BLOB    NOT NULL,
  sequence    INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  verdict     INTEGER NOT NULL CHECK (verdict BETWEEN 1 AND 5),
  message     INTEGER NOT NULL,
  reason      TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (addressee, destination, epoch, sequence, attempt)
) STRICT, WITHOUT ROWID;

-- Receipts that ended jobs of this node, as their signers signed them, for `netrelay receipt`. One row for each receipt,
-- however many jobs it ended: a job's receipt is the one between whose events its own event `receipted` is. It is deleted
-- with the last of these jobs (netrelay/store/history.py).
CREATE TABLE kept_receipts (
  event      INTEGER PRIMARY KEY,            -- of the receipt
  last_event INTEGER NOT NULL CHECK (last_event > event),  -- the last one that it caused
  signed     BLOB    NOT NULL                -- signed data and signature (netrelay/core/signed_body.py)
) STRICT;

-- Sources that want custody words of this node (docs/protocol.md, section 9), as they said last in a receipt that it
-- carried. until_s: when that is forgotten.
CREATE TABLE custody_wishes (
  source  TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  until_s REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- What this node took of them as a relay and gave on, one row for each whole that was durable here, as each neighbour
-- brought it (netrelay/store/relay_custody.py).
CREATE TABLE custody (
  id           INTEGER PRIMARY KEY,
  source       TEXT    NOT NULL REFERENCES custody_wishes (source) ON DELETE CASCADE,
  destination  TEXT    NOT NULL,
  epoch        BLOB    NOT NULL,
  sequence     INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  previous_hop TEXT    NOT NULL,
  total_bytes  INTEGER NOT NULL,
  took_unix_s  INTEGER NOT NULL,             -- 0: the clock was not set
  next_hop     TEXT,                         -- who has acknowledged all of it; NULL: nobody yet
  gave_unix_s  INTEGER NOT NULL DEFAULT 0,   -- 0: as above, or nobody has
  due_s        REAL,                         -- when its source is told; NULL: it was told
  noted_s      REAL    NOT NULL,
  UNIQUE (source, destination, epoch, sequence, attempt, previous_hop)
) STRICT;
CREATE INDEX custody_due ON custody (due_s) WHERE due_s IS NOT NULL;

-- What relays signed of jobs of this node: the last word of each.
CREATE TABLE custody_words (
  job     INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  relay   TEXT    NOT NULL,                  -- node id
  attempt INTEGER NOT NULL,
  signed  BLOB    NOT NULL CHECK (length(signed) = 120),  -- word and signature (netrelay/core/custody_word.py)
  PRIMARY KEY (job, relay)
) STRICT, WITHOUT ROWID;

-- Counts of the messages of peers that this node refused (refusals.sql).
CREATE TABLE refusals_given (
  peer     TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,   -- who brought the messages
  code     INTEGER NOT NULL,                 -- refusals.txt
  missing  TEXT    NOT NULL,                 -- which right or route, as in the view admissions; else ''
  subject  TEXT    NOT NULL,                 -- the source of the messages, of a missing route the destination;
                                             -- '': it cannot be read, or the peer has named many
  messages INTEGER NOT NULL,
  first_s  REAL    NOT NULL,
  last_s   REAL    NOT NULL,
  reason   TEXT    NOT NULL,                 -- of the last one, for people
  PRIMARY KEY (peer, code, missing, subject)
) STRICT, WITHOUT ROWID;

-- Jobs whose messages had to make room for younger ones (netrelay/store/history.py): a row of about 80 bytes each, in
-- place of a kilobyte, so that a person can ask for a name.
CREATE TABLE pruned_jobs (
  job        INTEGER PRIMARY KEY,
  name       TEXT,                           -- NULL: a text
  direction  TEXT    NOT NULL CHECK (direction IN ('out', 'in')),
  peer       TEXT    NOT NULL,               -- node id of the other end
  size_bytes INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('F', 'D')),
  ended_s    REAL    NOT NULL
) STRICT;

-- Entries of the drop folders that are not sent (passed_over.sql).
CREATE TABLE passed_over (
  folder  TEXT NOT NULL,                     -- name of the peer; '' is drop/ itself
  name    TEXT NOT NULL,                     -- bytes that are not UTF-8 are escaped
  reason  TEXT NOT NULL,
  since_s REAL NOT NULL,
  PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;

-- Next sequence for each destination, of this node and of each group that signs receipts here.
CREATE TABLE sequences (
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  next        INTEGER NOT NULL,
  PRIMARY KEY (source, destination)
) STRICT, WITHOUT ROWID;

-- The next hops that take what is for a peer, in the order of preference (ways.sql); the present one is peers.via. The peer
-- itself: it is dialled.
CREATE TABLE routes (
  peer     TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 16),
  hop      TEXT    NOT NULL,
  used_s   REAL,                             -- since when it is the present one; NULL: it is not
  PRIMARY KEY (peer, position),
  UNIQUE (peer, hop)
) STRICT, WITHOUT ROWID;
CREATE INDEX routes_second ON routes (peer) WHERE position = 2;

-- Next hops of groups, members or relays, that were offered something (ways.sql).
CREATE TABLE offers (
  peer       TEXT    NOT NULL,               -- the group
  hop        TEXT    NOT NULL,
  waits_s    REAL,                           -- since when it has something, or refuses it, and no receipt came; NULL: nothing
  most_bytes INTEGER NOT NULL DEFAULT 0,     -- the largest file since then
  left_s     REAL,                           -- since when the others go first, as none came in time; NULL: they do not
  failures   INTEGER NOT NULL DEFAULT 0,     -- how often in a row
  PRIMARY KEY (peer, hop),
  FOREIGN KEY (peer, hop) REFERENCES routes (peer, hop) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The outcome of dialling each address of a peer for data (ways.sql). `way` is the address as it was written.
CREATE TABLE tried_ways (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  way       TEXT    NOT NULL,                -- "192.168.1.20", "boat.local", "boat.example.org by wwan0"
  reached_s REAL,                            -- when it was reached last; NULL: never
  failed_s  REAL,                            -- when it failed last; NULL: never
  failures  INTEGER NOT NULL,                -- since it was reached last
  reason    TEXT    NOT NULL,                -- of the last failure
  PRIMARY KEY (peer, way)
) STRICT, WITHOUT ROWID;

-- The connection to each next hop: a handle, or -1 and why there is none; and the address.
CREATE TABLE connections (
  peer      TEXT    PRIMARY KEY,
  handle    INTEGER NOT NULL DEFAULT -1,
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,      -- when it may be asked again
  changed_s REAL    NOT NULL DEFAULT 0,
  down_s    REAL,                            -- since when there is none; NULL while one is open
  reason    TEXT    NOT NULL DEFAULT '',
  address   TEXT    NOT NULL DEFAULT '',     -- the IP address reached last, or tried last; '': none yet
  stalled_s REAL,                            -- since when nothing of what was sent has arrived, or the peer that was
                                             -- reached has not answered; NULL: it moves, as far as sender has said
  stall_reason TEXT NOT NULL DEFAULT '',     -- what is done about it, for people
  unreached_s REAL,                          -- since when no connection was open for ten seconds, although it was tried
  reached_address TEXT NOT NULL DEFAULT '',  -- the IP address at which the last try reached it; '': it did not, or the peer
                                             -- calls
  way       TEXT    NOT NULL DEFAULT ''      -- by which of its addresses the open one was reached; '': not known, or none is
) STRICT, WITHOUT ROWID;

-- The connections beside that one, each by another of the addresses of its peer (beside.sql).
CREATE TABLE connections_beside (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  way       TEXT    NOT NULL,                -- as in tried_ways
  handle    INTEGER NOT NULL DEFAULT -1,     -- -1: none is open
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,      -- when it may be asked again
  changed_s REAL    NOT NULL DEFAULT 0,
  address   TEXT    NOT NULL DEFAULT '',     -- the IP address reached last; '': none yet
  reason    TEXT    NOT NULL DEFAULT '',     -- why none is open
  PRIMARY KEY (peer, way)
) STRICT, WITHOUT ROWID;

-- The calls of a node that cannot be dialled: its connection to each peer that sends on it.
CREATE TABLE placed_calls (
  peer      TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  is_open   INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1)),
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,      -- when it may be placed again
  changed_s REAL    NOT NULL DEFAULT 0,
  down_s    REAL,                            -- since when it is not open; NULL while it is
  reason    TEXT    NOT NULL DEFAULT '',
  keepalive_s INTEGER NOT NULL DEFAULT 30,   -- the longest silence after which it is probed
  forgets_s INTEGER,                         -- a silence of so many seconds ended one; NULL: none did
  forgot_s  REAL,                            -- when that was
  is_silent INTEGER NOT NULL DEFAULT 0 CHECK (is_silent IN (0, 1)),    -- the last one ended so
  is_doubted INTEGER NOT NULL DEFAULT 0 CHECK (is_doubted IN (0, 1)),  -- it has to be probed now
  silence_s INTEGER NOT NULL DEFAULT 0,      -- the silence after which that one was not answered; 0: it was doubted
  is_early INTEGER NOT NULL DEFAULT 0 CHECK (is_early IN (0, 1))       -- one ended by a silence that was borne before
) STRICT, WITHOUT ROWID;

-- Peers that cannot dial this node, as it found out: it calls them. since_s: when it was found out.
CREATE TABLE cannot_dial_here (
  peer    TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  since_s REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- How many bytes may cross the wire to and from a peer in each period (`netrelay budget`). Unix times: a period is one of
-- the calendar, in the node's local time. from_unix_s and until_unix_s are those of the period that is counted now; only
-- processor_s begins another one.
CREATE TABLE budgets (
  peer           TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  limit_bytes    INTEGER NOT NULL CHECK (limit_bytes >= 1048576),
  period         TEXT    NOT NULL CHECK (period IN ('day', 'week', 'month')),
  reserve_bytes  INTEGER NOT NULL DEFAULT 0 CHECK (reserve_bytes BETWEEN 0 AND limit_bytes),  -- for priority 0 to 2
  unsynchronised TEXT    NOT NULL DEFAULT 'closed' CHECK (unsynchronised IN ('open', 'closed')),  -- open: also a clock
                                             -- that nothing has set since the boot begins a new period
  from_unix_s    INTEGER NOT NULL,
  until_unix_s   INTEGER NOT NULL CHECK (until_unix_s > from_unix_s),
  held_bytes     INTEGER NOT NULL DEFAULT 0, -- of frames that sender has: as if on the wire, until it says what was
  closed         INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1, 2, 3)),  -- as in budget_levels
  closed_s       REAL,                       -- since when it is closed for some data; NULL: it is not
  warned_unix_s  INTEGER NOT NULL DEFAULT 0  -- begin of the last period for which the log has the warning
) STRICT, WITHOUT ROWID;

-- What was used of budgets, by period: begun ones are kept, so that a clock that is set back gives no bytes back.
CREATE TABLE budget_use (
  peer        TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  period      TEXT    NOT NULL,
  from_unix_s INTEGER NOT NULL,
  used_bytes  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (peer, period, from_unix_s)
) STRICT, WITHOUT ROWID;

-- The windows in which data for a next hop is sent (`netrelay window`), and whether one of them is open: processor_s
-- stores that at each edge.
CREATE TABLE windows (
  peer           TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  texts          TEXT    NOT NULL CHECK (json_array_length(texts) BETWEEN 1 AND 16),  -- as core/windows.py reads them
  unsynchronised TEXT    NOT NULL DEFAULT 'closed' CHECK (unsynchronised IN ('open', 'closed')),  -- what it is while
                                             -- nothing has set the clock since the boot
  is_open        INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1)),
  until_unix_s   INTEGER,                    -- when that changes; NULL: not in the next days
  is_clock_set   INTEGER NOT NULL DEFAULT 1 CHECK (is_clock_set IN (0, 1)),  -- as it was when is_open was found
  closed_s       REAL                        -- since when it is closed; NULL: it is open
) STRICT, WITHOUT ROWID;

-- Rate limits that hold while one of their windows is open (`netrelay limit --window`), in place of the one in `peers`.
CREATE TABLE limit_windows (
  peer              TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  texts             TEXT    NOT NULL CHECK (json_array_length(texts) BETWEEN 1 AND 16),  -- as core/windows.py reads them
  limit_bytes_per_s INTEGER CHECK (limit_bytes_per_s BETWEEN 4096 AND 10737418240),  -- NULL: none
  is_open           INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1)),
  until_unix_s      INTEGER,                 -- when that changes; NULL: not in the next days
  is_clock_set      INTEGER NOT NULL DEFAULT 1 CHECK (is_clock_set IN (0, 1)),  -- as it was when is_open was found
  PRIMARY KEY (peer, texts)
) STRICT, WITHOUT ROWID;

-- How fast each next hop took what was sent to it, by hours of the node's clock (rates.sql): the newest 168 of each peer.
CREATE TABLE measured_rates (
  peer   TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  hour   INTEGER NOT NULL,                   -- the node's clock, in hours
  limit_bytes_per_s INTEGER NOT NULL,        -- the rate limit meanwhile; 0: none
  bytes  INTEGER NOT NULL,                   -- of frames that the peer has decided
  busy_s REAL    NOT NULL CHECK (busy_s > 0),  -- while frames were under way, short breaks of the line included
  PRIMARY KEY (peer, hour, limit_bytes_per_s)
) STRICT, WITHOUT ROWID;

-- What was delivered to and from each node since it was enrolled: a job counts once, when its receipt is here (`out`) or
-- when it lies in the inbox (`in`). A monitor subtracts two readings.
CREATE TABLE delivered_totals (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  direction TEXT    NOT NULL CHECK (direction IN ('out', 'in')),
  jobs      INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,                -- of files as they are at the source, of texts with what they are wrapped in
  PRIMARY KEY (peer, direction)
) STRICT, WITHOUT ROWID;

-- What was delivered, and how much waited, in each hour in which one of the two changed: the newest 720 hours (traffic.sql).
-- In an hour without a row nothing was delivered, and as much waited as at the end of the row before.
CREATE TABLE traffic_hours (
  hour         INTEGER PRIMARY KEY,          -- the node's clock, in hours
  jobs_out     INTEGER NOT NULL DEFAULT 0,   -- counted as in delivered_totals
  bytes_out    INTEGER NOT NULL DEFAULT 0,
  jobs_in      INTEGER NOT NULL DEFAULT 0,
  bytes_in     INTEGER NOT NULL DEFAULT 0,
  waiting      INTEGER NOT NULL,             -- at its end: files and texts that are to leave this node
  most_waiting INTEGER NOT NULL
) STRICT;

-- Files and texts, of this node or carried for others, of which `netrelay carry out` has put a copy on a medium: it may
-- still go by another way. Gone with the message; of the newest 16 media.
CREATE TABLE carried_copies (
  message  INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  medium   TEXT    NOT NULL,                 -- the folder that a person named
  copied_s REAL    NOT NULL,
  PRIMARY KEY (message, medium)
) STRICT, WITHOUT ROWID;
CREATE INDEX carried_copies_of_medium ON carried_copies (medium);

-- When each neighbour was heard of last, and the longest of its usual silences (heard.sql).
CREATE TABLE heard (
  peer      TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  heard_s   REAL    NOT NULL,
  longest_s REAL    NOT NULL DEFAULT 0,
  gaps      INTEGER NOT NULL DEFAULT 0       -- silences of a minute and longer
) STRICT, WITHOUT ROWID;

-- What processes logged as an error, and that they ended unexpectedly: the newest 32 of each process (health.sql).
CREATE TABLE faults (
  id      INTEGER PRIMARY KEY,
  process TEXT    NOT NULL,
  kind    TEXT    NOT NULL CHECK (kind IN ('ended', 'error')),  -- ended: it ended unexpectedly
  unix_s  REAL    NOT NULL,
  text    TEXT    NOT NULL
) STRICT;

-- The room on the disks of the home and the inbox, as exporter noted it last: when its level changes, and once a day.
CREATE TABLE disks (
  folder       TEXT    PRIMARY KEY,          -- relative to the home; '.' is the home itself
  level        TEXT    NOT NULL CHECK (level IN ('fine', 'low', 'full', 'few-files')),
  since_s      REAL    NOT NULL,             -- since when it has this level
  free_bytes   INTEGER NOT NULL,
  all_bytes    INTEGER NOT NULL,
  noted_s      REAL    NOT NULL,
  before_bytes INTEGER NOT NULL,             -- what was free a day earlier or more
  before_s     REAL    NOT NULL,
  life_percent INTEGER                       -- up to how much of its life its card has used; NULL: it does not say
) STRICT, WITHOUT ROWID;

-- The disks that the home was on, the newest 16, each as exporter read it last (device_days.py): counters, of which the
-- kernel begins the first with each boot.
CREATE TABLE devices (
  device             TEXT    PRIMARY KEY,    -- tells disks apart; made of what the disk says of itself
  name               TEXT    NOT NULL,       -- the kernel's, at that boot
  kind               TEXT    NOT NULL CHECK (kind IN ('card', 'emmc', 'stick', 'ssd', 'turning', 'virtual')),
  size_bytes         INTEGER NOT NULL,
  endurance_bytes    INTEGER,                -- how much can be written to it in its life; NULL: that is not its end
  is_endurance_given INTEGER NOT NULL CHECK (is_endurance_given IN (0, 1)),  -- 0: assumed by its size
  life_percent       INTEGER,                -- up to how much of its life is used, by its own word
  first_s            REAL    NOT NULL,       -- since when it is known
  noted_s            REAL    NOT NULL,
  total_bytes        INTEGER NOT NULL,       -- what was written to it since, as far as it was counted
  boot_id            TEXT    NOT NULL,
  boot_s             REAL    NOT NULL,       -- seconds since that boot
  counted_bytes      INTEGER NOT NULL,       -- what the kernel had counted for the whole disk
  database_bytes     INTEGER NOT NULL,       -- what the processes of this node had counted
  log_bytes          INTEGER NOT NULL,
  files_bytes        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was written to the disk of the home, day by day: the newest 400 rows.
CREATE TABLE device_days (
  device         TEXT    NOT NULL,
  day            INTEGER NOT NULL,           -- UTC, days since 1970; below 0: nothing had set the clock
  until_s        REAL    NOT NULL,           -- the node's clock when it was counted last
  seen_s         REAL    NOT NULL,           -- how many seconds the bytes are of
  device_bytes   INTEGER NOT NULL,           -- of the whole disk, by whomever
  database_bytes INTEGER NOT NULL,           -- of this node; checkpoints are part of it
  log_bytes      INTEGER NOT NULL,           -- of this node: rows of the table logs
  files_bytes    INTEGER NOT NULL,           -- of this node
  PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;

-- Findings of the view `health` for those who are told (alarms.sql), the program on_alarm and the overseer, a peer that
-- gets a text: those that it has, and those that were told and have gone lately.
CREATE TABLE alarms (
  teller    TEXT    NOT NULL CHECK (teller IN ('program', 'overseer')),  -- who tells it
  kind      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  severity  TEXT    NOT NULL CHECK (severity IN ('warning', 'error')),
  words     TEXT    NOT NULL,
  help      TEXT    NOT NULL,
  since_at  TEXT    NOT NULL,                -- UTC; '': not known
  seen_s    REAL    NOT NULL,                -- since when the view has it, without a break that counts
  clear_s   REAL,                         -- since when it has it no more; NULL: it has it
  told      TEXT    CHECK (told IN ('warning', 'error')),  -- the severity that was told; NULL: it was not
  telling   TEXT    CHECK (telling IN ('warning', 'error', 'gone')),  -- what the text says that is on its way
  hour_s    REAL    NOT NULL DEFAULT 0,      -- begin of the hour in which runs are counted
  runs      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (teller, kind, subject)
) STRICT, WITHOUT ROWID;

-- How telling goes: a row for the program on_alarm, once one was set, and one for the overseer.
CREATE TABLE alarm_tellers (
  teller      TEXT    PRIMARY KEY CHECK (teller IN ('program', 'overseer')),
  failures    INTEGER NOT NULL DEFAULT 0,    -- runs or texts that failed in a row
  failed_s    REAL,                          -- when the first of them did
  due_s       REAL    NOT NULL DEFAULT 0,    -- nothing is told before
  exit_status INTEGER,                       -- of the last run, as a shell gives it; 1: the text is dead
  output      TEXT,                          -- the beginning of what it said, or why the text is dead
  peer        TEXT,                          -- who the overseer is
  message     INTEGER                        -- the text for it that is on its way
) STRICT, WITHOUT ROWID;

-- Errors and notices of the processes. unix_s is for people.
CREATE TABLE logs (
  id      INTEGER PRIMARY KEY,
  unix_s  REAL    NOT NULL,
  at_s    REAL    NOT NULL,
  process TEXT    NOT NULL,
  level   TEXT    NOT NULL CHECK (level IN ('error', 'warning', 'notice')),
  event   TEXT    NOT NULL,
  message INTEGER,                           -- the messages row it is about
  peer    TEXT,
  text    TEXT    NOT NULL
) STRICT;

-- The node's clock is the machine's time since boot plus offset_s, which is valid for one boot. unix_offset_s plus the
-- node's clock is the wall clock as it was last read, for people; nothing is ordered by it. A boot continues the node's
-- clock at the latest time that is stored: noted_s is written while something ages and nothing else is stored.
CREATE TABLE clock (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  boot_id       TEXT NOT NULL,
  offset_s      REAL NOT NULL,
  unix_offset_s REAL NOT NULL,
  noted_s       REAL NOT NULL DEFAULT 0
) STRICT;

-- The machine. Filled from transitions.txt, as the two tables below from their files, when a netrelay with other ones
-- starts.
CREATE TABLE transitions (
  from_state TEXT    NOT NULL,
  event      TEXT    NOT NULL,
  type       INTEGER NOT NULL,               -- 1 to 7; 0 stands for every type we do not know
  to_state   TEXT    NOT NULL,
  effect     TEXT,
  actor      TEXT    NOT NULL,
  why        TEXT    NOT NULL,
  PRIMARY KEY (from_state, event, type, actor)
) STRICT, WITHOUT ROWID;

-- The action of a node whose message the next hop refuses, and what ends the refusal. From refusals.txt.
CREATE TABLE refusals (
  code     INTEGER PRIMARY KEY,
  name     TEXT    NOT NULL UNIQUE,
  event    TEXT    NOT NULL CHECK (event IN ('refused', 'nacked', 'deferred', 'need-manifest')),
  wait_s   INTEGER NOT NULL CHECK (wait_s >= 0),
  cause    TEXT,
  ended_by TEXT    NOT NULL CHECK (ended_by IN ('right', 'route', 'quota', 'room', 'sender', 'itself')),
  why      TEXT    NOT NULL
) STRICT;

-- The delay before the next try after so many failures in a row, drawn between least_s and most_s. From
-- backoffs.txt; more failures than the last row of a policy has count as that row.
CREATE TABLE backoffs (
  policy   TEXT    NOT NULL,
  failures INTEGER NOT NULL CHECK (failures > 0),
  least_s  REAL    NOT NULL,
  most_s   REAL    NOT NULL CHECK (most_s >= least_s),
  PRIMARY KEY (policy, failures)
) STRICT, WITHOUT ROWID;
