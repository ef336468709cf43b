-- Windows of time in which data for a next hop is sent.
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
