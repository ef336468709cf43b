-- The epochs of other nodes that are remembered, and their bounds.

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

-- A peer has named an epoch in a hello or reply. says_twice: it hears our identity from two machines.
CREATE VIEW heard_epochs (node, epoch, address, says_twice) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER epoch_named INSTEAD OF INSERT ON heard_epochs BEGIN
  INSERT INTO named_epochs
  SELECT NEW.node, NEW.epoch, coalesce((SELECT max(number) FROM named_epochs WHERE node = NEW.node), 0) + 1,
         clock(), clock(), NEW.address, NULL WHERE true
  ON CONFLICT DO UPDATE SET last_s = excluded.last_s, address = excluded.address;
  UPDATE named_epochs SET twice_s = CASE WHEN NEW.says_twice THEN coalesce(twice_s, clock()) END
   WHERE node = NEW.node AND epoch = NEW.epoch;
  DELETE FROM named_epochs WHERE node = NEW.node AND number <= (
    SELECT max(number) - 8 FROM named_epochs WHERE node = NEW.node);
END;

-- Peers whose identity two machines use: an epoch was named after a newer one had been. A record that was under way
-- when its node ended arrives within 40 s (netrelay/core/pace.py), so what arrives a minute later is a second machine.
-- It is over when one of them begins an epoch and the other is not heard any more.
CREATE VIEW twins (node, since_s, since_at, address, other_address) AS
SELECT n.node, n.first_s, datetime(n.first_s + k.unix_offset_s, 'unixepoch'), n.address,
       (SELECT o.address FROM named_epochs o WHERE o.node = n.node AND o.number < n.number AND o.last_s > n.first_s + 60
         ORDER BY o.last_s DESC LIMIT 1)
  FROM named_epochs n LEFT JOIN clock k
 WHERE n.number = (SELECT max(number) FROM named_epochs WHERE node = n.node)
   AND EXISTS (SELECT 1 FROM named_epochs o WHERE o.node = n.node AND o.number < n.number AND o.last_s > n.first_s + 60);

-- Peers that said in their last hello or reply that two machines use the identity of this node. Only those are believed
-- that have something to do with it: they have a right here, or were sent something, or are a relay of this node.
CREATE VIEW own_twins (node, since_s, since_at) AS
SELECT node, twice_s, datetime(twice_s + k.unix_offset_s, 'unixepoch') FROM named_epochs n LEFT JOIN clock k
 WHERE twice_s IS NOT NULL
   AND number = (SELECT number FROM named_epochs WHERE node = n.node ORDER BY last_s DESC, number DESC LIMIT 1)
   AND (EXISTS (SELECT 1 FROM rights r WHERE n.node IN (r.peer, r.subject))
     OR EXISTS (SELECT 1 FROM sequences q WHERE q.destination = n.node)
     OR EXISTS (SELECT 1 FROM peers p WHERE p.via = n.node AND p.node <> n.node));
