-- Folders that still have the name that their peer had before `netrelay peer rename`.
CREATE TABLE old_folders (
  node   TEXT NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  parent TEXT NOT NULL CHECK (parent IN ('claims', 'drop', 'inbox', 'sent', 'failed')),
  name   TEXT NOT NULL,                      -- of the folder; the name of the peer is in peers
  PRIMARY KEY (node, parent)
) STRICT, WITHOUT ROWID;
