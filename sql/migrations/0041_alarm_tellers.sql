-- Alarms are told to a program and to a peer, each with its own state.
CREATE TABLE new_alarms (
  teller    TEXT    NOT NULL CHECK (teller IN ('program', 'overseer')),
  kind      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  severity  TEXT    NOT NULL CHECK (severity IN ('warning', 'error')),
  words     TEXT    NOT NULL,
  help      TEXT    NOT NULL,
  since_at  TEXT    NOT NULL,
  seen_s    REAL    NOT NULL,
  clear_s   REAL,
  told      TEXT    CHECK (told IN ('warning', 'error')),
  telling   TEXT    CHECK (telling IN ('warning', 'error', 'gone')),
  hour_s    REAL    NOT NULL DEFAULT 0,
  runs      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (teller, kind, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO new_alarms (teller, kind, subject, severity, words, help, since_at, seen_s, clear_s, told, hour_s, runs)
SELECT 'program', kind, subject, severity, words, help, since_at, seen_s, clear_s, told, hour_s, runs FROM alarms;
DROP TABLE alarms;
ALTER TABLE new_alarms RENAME TO alarms;
CREATE TABLE alarm_tellers (
  teller      TEXT    PRIMARY KEY CHECK (teller IN ('program', 'overseer')),
  failures    INTEGER NOT NULL DEFAULT 0,
  failed_s    REAL,
  due_s       REAL    NOT NULL DEFAULT 0,
  exit_status INTEGER,
  output      TEXT,
  peer        TEXT,
  message     INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO alarm_tellers (teller, failures, failed_s, due_s, exit_status, output)
SELECT 'program', failures, failed_s, due_s, exit_status, output FROM alarm_program;
DROP TABLE alarm_program;
