-- Rate limits that hold while a window is open.
CREATE TABLE limit_windows (
  peer              TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  texts             TEXT    NOT NULL CHECK (json_array_length(texts) BETWEEN 1 AND 16),  -- as core/windows.py reads them
  limit_bytes_per_s INTEGER CHECK (limit_bytes_per_s BETWEEN 4096 AND 10737418240),  -- NULL: none
  is_open           INTEGER NOT NULL DEFAULT 1 CHECK (is_open IN (0, 1)),
  until_unix_s      INTEGER,                 -- when that changes; NULL: not in the next days
  is_clock_set      INTEGER NOT NULL DEFAULT 1 CHECK (is_clock_set IN (0, 1)),  -- as it was when is_open was found
  PRIMARY KEY (peer, texts)
) STRICT, WITHOUT ROWID;
