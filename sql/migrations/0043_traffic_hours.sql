-- Hours of what was delivered and waited, for plots. What waits now is counted once; what was delivered before is not.
CREATE TABLE traffic_hours (
  hour         INTEGER PRIMARY KEY,
  jobs_out     INTEGER NOT NULL DEFAULT 0,
  bytes_out    INTEGER NOT NULL DEFAULT 0,
  jobs_in      INTEGER NOT NULL DEFAULT 0,
  bytes_in     INTEGER NOT NULL DEFAULT 0,
  waiting      INTEGER NOT NULL,
  most_waiting INTEGER NOT NULL
) STRICT;
INSERT INTO traffic_hours (hour, waiting, most_waiting)
SELECT CAST(clock() / 3600 AS INTEGER), waiting, waiting
  FROM (SELECT count(*) AS waiting FROM selfinfo s JOIN messages m ON m.destination <> s.node
         WHERE m.parent = 0 AND m.state NOT IN ('F', 'D')
           AND (m.type IN (1, 6) OR m.type = 3 AND m.total_bytes > 0)) WHERE waiting > 0;
