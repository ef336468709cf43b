-- Files that land in a store (netrelay land): who waits for the store, and what the store's acknowledgement ends.

-- The peers whose files land.
CREATE VIEW landing_sources (node) AS
SELECT p.node FROM selfinfo s JOIN peers p
 WHERE s.lands IS NOT NULL AND (s.lands = '[]' OR EXISTS (SELECT 1 FROM json_each(s.lands) j WHERE j.value = p.name));

-- Files that wait for the store. One whose message has ended waits no more, nor one whose source is no longer in [land].
CREATE VIEW open_landings (file, message, source, content_hash, born_s) AS
SELECT l.file, l.message, m.source, l.content_hash, l.born_s
  FROM landings l CROSS JOIN messages m ON m.id = l.message
 WHERE l.object IS NULL AND m.state = 'N-4' AND EXISTS (SELECT 1 FROM landing_sources q WHERE q.node = m.source);

-- exporter has all of a file: it has to land. Of two attempts of one file the first that is complete does.
CREATE VIEW owed_landings (file, message, content_hash) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER landing_owed INSTEAD OF INSERT ON owed_landings
WHEN NOT EXISTS (SELECT 1 FROM landings WHERE file = NEW.file AND object IS NOT NULL) BEGIN
  INSERT OR REPLACE INTO landings (file, message, content_hash, born_s)
  VALUES (NEW.file, NEW.message, NEW.content_hash, clock());
  SELECT wake('lander');
END;

-- The store has acknowledged a file. Late words about one that has ended are kept, too: it is there.
CREATE VIEW landed (file, bucket, object, unix_s) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER landing_acknowledged INSTEAD OF INSERT ON landed BEGIN
  UPDATE landings SET bucket = NEW.bucket, object = NEW.object, landed_unix_s = NEW.unix_s
   WHERE file = NEW.file AND object IS NULL;
  -- What its receipt says, also where it gets no name in the inbox.
  UPDATE files SET content_hash = (SELECT content_hash FROM landings WHERE file = NEW.file),
    trouble = NULL, trouble_reason = NULL, trouble_s = NULL, failures = 0, due_s = 0
   WHERE id = NEW.file AND closed = 0;
  SELECT wake('exporter');
END;

-- The staged bytes of a file are gone, or are not those that came: exporter looks at it again.
CREATE VIEW returned_landings (file) AS SELECT NULL WHERE 0;
CREATE TRIGGER landing_returned INSTEAD OF INSERT ON returned_landings BEGIN
  DELETE FROM landings WHERE file = NEW.file AND object IS NULL;
  SELECT wake('exporter');
END;
