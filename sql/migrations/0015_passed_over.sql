-- Entries of the drop folders that are not sent are rows, so that people are told of them.
CREATE TABLE passed_over (
  folder  TEXT NOT NULL,                     -- name of the peer; '' is drop/ itself
  name    TEXT NOT NULL,                     -- bytes that are not UTF-8 are escaped
  reason  TEXT NOT NULL,
  since_s REAL NOT NULL,
  PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;
