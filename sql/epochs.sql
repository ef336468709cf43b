-- What is kept of the epochs of other nodes.

-- The bounds of `seen` for each source. A node begins an epoch each time it starts; 256 are a start each 337 seconds of a
-- day. What has more than 131,072 ranges or 16,384 epochs in all loses the epochs that were heard first, never the one of
-- now: so a source that begins new ones is not locked out for good. A range is about 50 bytes.
CREATE VIEW seen_bounds (epochs_a_day, epochs, ranges_an_epoch, ranges) AS SELECT 256, 16384, 65536, 131072;

CREATE TRIGGER epoch_heard AFTER INSERT ON epochs
WHEN (SELECT count(*) FROM epochs WHERE source = NEW.source) > (SELECT epochs FROM seen_bounds)
  OR (SELECT count(*) FROM seen WHERE source = NEW.source) > (SELECT ranges FROM seen_bounds) BEGIN
  DELETE FROM epochs WHERE source = NEW.source AND epoch IN (
    WITH kept (epoch, place, ranges) AS (
      SELECT e.epoch, row_number() OVER newest,
             sum((SELECT count(*) FROM seen x WHERE x.source = e.source AND x.epoch = e.epoch)) OVER newest
        FROM epochs e WHERE e.source = NEW.source
      WINDOW newest AS (ORDER BY e.epoch = NEW.epoch DESC, e.heard_s DESC, e.epoch))
    SELECT k.epoch FROM kept k JOIN seen_bounds b WHERE k.place > b.epochs OR k.ranges > b.ranges);
END;
CREATE TRIGGER epoch_forgotten AFTER DELETE ON epochs BEGIN
  DELETE FROM seen WHERE source = OLD.source AND epoch = OLD.epoch;
END;
