-- Copies of waiting messages on media that people carry.
CREATE TABLE carried_copies (
  message  INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  medium   TEXT    NOT NULL,
  copied_s REAL    NOT NULL,
  PRIMARY KEY (message, medium)
) STRICT, WITHOUT ROWID;
CREATE INDEX carried_copies_of_medium ON carried_copies (medium);
