-- How fast each next hop took what was sent to it, by hours of the node's clock.
CREATE TABLE measured_rates (
  peer   TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  hour   INTEGER NOT NULL,                   -- the node's clock, in hours
  limit_bytes_per_s INTEGER NOT NULL,        -- the rate limit meanwhile; 0: none
  bytes  INTEGER NOT NULL,                   -- of frames that the peer has decided
  busy_s REAL    NOT NULL CHECK (busy_s > 0),  -- while frames were under way, short breaks of the line included
  PRIMARY KEY (peer, hour, limit_bytes_per_s)
) STRICT, WITHOUT ROWID;
