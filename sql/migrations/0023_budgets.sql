-- Budgets of bytes for peers, and the receipts that go on when one is used up.
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

CREATE TABLE budget_use (
  peer        TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  period      TEXT    NOT NULL,
  from_unix_s INTEGER NOT NULL,
  used_bytes  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (peer, period, from_unix_s)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_words ON messages (next_hop) WHERE state = 'S-4' AND type = 7;
