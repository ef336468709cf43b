-- Epochs that peers named in their hellos and replies, the newest eight of each. A node that restarts begins a new one
-- and never returns to the one before: two machines with one identity do (the view `twins`).
CREATE TABLE named_epochs (
  node    TEXT    NOT NULL,
  epoch   BLOB    NOT NULL,
  number  INTEGER NOT NULL,                  -- counts the epochs of the node in the order in which they were heard
  first_s REAL    NOT NULL,
  last_s  REAL    NOT NULL,
  address TEXT    NOT NULL,                  -- where the node was when it last named it
  twice_s REAL,                              -- since when it says that two machines use our identity; NULL: it does not
  PRIMARY KEY (node, epoch)
) STRICT, WITHOUT ROWID;
