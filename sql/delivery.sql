-- The view through which exporter and lander report that a complete file cannot be put into the inbox, or into the store. Its end needs no report:
-- when the message ends, whichever way, the trigger whole_finished (engine.sql) clears the columns.

-- code: a word of DeliveryTrouble (netrelay/core/words.py). reason: for people. Idempotent: several reports of one file
-- before it is due again (two attempts of one file fail together) count as one failure.
CREATE VIEW delivery_troubles (message, code, reason) AS SELECT NULL, NULL, NULL WHERE 0;

-- Troubles of the store (netrelay land), in the words that a source is told.
CREATE VIEW store_troubles (code, words) AS VALUES
  ('store-away', 'it cannot be reached'), ('store-busy', 'it does not take it now'), ('store-full', 'it is full'),
  ('store-key', 'it refuses the key'), ('store-clock', 'the clocks differ'), ('store-bucket', 'its bucket is not there'),
  ('store-untrusted', 'its certificate is not trusted'), ('store-unconditional', 'it makes no conditional puts'),
  ('store-conflict', 'it has something else in its place');

CREATE TRIGGER delivery_failed INSTEAD OF INSERT ON delivery_troubles BEGIN
  SELECT refuse('no such delivery: message ' || NEW.message || ' '
      || coalesce((SELECT 'in ' || state || ' of type ' || type FROM messages WHERE id = NEW.message), '(there is none)'))
   WHERE NOT EXISTS (SELECT 1 FROM messages WHERE id = NEW.message AND state = 'N-4' AND file IS NOT NULL);
  -- A store may be away for days, and its source waits for the receipt: it is told once for each trouble, without a word
  -- that names the store. It shows it, and goes on waiting.
  INSERT OR REPLACE INTO receipts_due
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt, 2, 0, 'it is here, and waits for the store: ' || w.words
    FROM messages m JOIN files f ON f.id = m.file JOIN store_troubles w ON w.code = NEW.code
   WHERE m.id = NEW.message AND f.trouble IS NOT NEW.code AND f.due_s <= clock();
  SELECT wake('processor_s') FROM store_troubles WHERE code = NEW.code;
  UPDATE files SET trouble = NEW.code, trouble_reason = NEW.reason, trouble_s = coalesce(trouble_s, clock()),
    failures = failures + 1,
    due_s = clock() + (SELECT b.most_s FROM backoffs b WHERE b.policy = 'delivery' AND b.failures <= files.failures + 1
       ORDER BY b.failures DESC LIMIT 1)
   WHERE id = (SELECT file FROM messages WHERE id = NEW.message) AND due_s <= clock();
END;
