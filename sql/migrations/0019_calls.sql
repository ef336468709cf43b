-- Nodes that cannot be dialled place calls to the others, and are told apart by what they said last.
ALTER TABLE selfinfo ADD COLUMN can_be_dialled INTEGER NOT NULL DEFAULT 1 CHECK (can_be_dialled IN (0, 1));
ALTER TABLE peers ADD COLUMN calls INTEGER NOT NULL DEFAULT 0 CHECK (calls IN (0, 1));
ALTER TABLE peers ADD COLUMN answers_calls INTEGER NOT NULL DEFAULT 0 CHECK (answers_calls IN (0, 1));
CREATE TABLE placed_calls (
  peer      TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  is_open   INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1)),
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,      -- when it may be placed again
  changed_s REAL    NOT NULL DEFAULT 0,
  down_s    REAL,                            -- since when it is not open; NULL while it is
  reason    TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
-- A reply is sent, or arrives, by either of two processes. The rows are filled in when the machine is installed.
DROP TABLE transitions;
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
