-- Counts the bytes that are written to the disk of the home, by days and causes.
CREATE TABLE devices (
  device             TEXT    PRIMARY KEY,
  name               TEXT    NOT NULL,
  kind               TEXT    NOT NULL CHECK (kind IN ('card', 'emmc', 'stick', 'ssd', 'turning', 'virtual')),
  size_bytes         INTEGER NOT NULL,
  endurance_bytes    INTEGER,
  is_endurance_given INTEGER NOT NULL CHECK (is_endurance_given IN (0, 1)),
  life_percent       INTEGER,
  first_s            REAL    NOT NULL,
  noted_s            REAL    NOT NULL,
  total_bytes        INTEGER NOT NULL,
  boot_id            TEXT    NOT NULL,
  boot_s             REAL    NOT NULL,
  counted_bytes      INTEGER NOT NULL,
  database_bytes     INTEGER NOT NULL,
  log_bytes          INTEGER NOT NULL,
  files_bytes        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE device_days (
  device         TEXT    NOT NULL,
  day            INTEGER NOT NULL,
  until_s        REAL    NOT NULL,
  seen_s         REAL    NOT NULL,
  device_bytes   INTEGER NOT NULL,
  database_bytes INTEGER NOT NULL,
  log_bytes      INTEGER NOT NULL,
  files_bytes    INTEGER NOT NULL,
  PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;
