-- The view through which exporter reports that a complete file cannot be put into the inbox. Its end needs no report:
-- when the message ends, whichever way, the trigger whole_finished (engine.sql) clears the columns.

-- code: a word of DeliveryTrouble (netrelay/core/words.py). reason: for people. Idempotent: several reports of one file
-- before it is due again (two attempts of one file fail together) count as one failure.
CREATE VIEW delivery_troubles (message, code, reason) AS SELECT NULL, NULL, NULL WHERE 0;

CREATE TRIGGER delivery_failed INSTEAD OF INSERT ON delivery_troubles BEGIN
  SELECT refuse('no such delivery: message ' || NEW.message || ' '
      || coalesce((SELECT 'in ' || state || ' of type ' || type FROM messages WHERE id = NEW.message), '(there is none)'))
   WHERE NOT EXISTS (SELECT 1 FROM messages WHERE id = NEW.message AND state = 'N-4' AND file IS NOT NULL);
  UPDATE files SET trouble = NEW.code, trouble_reason = NEW.reason, trouble_s = coalesce(trouble_s, clock()),
    failures = failures + 1,
    due_s = clock() + (SELECT b.most_s FROM backoffs b WHERE b.policy = 'delivery' AND b.failures <= files.failures + 1
       ORDER BY b.failures DESC LIMIT 1)
   WHERE id = (SELECT file FROM messages WHERE id = NEW.message) AND due_s <= clock();
END;
