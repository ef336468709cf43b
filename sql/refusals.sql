-- The view through which processor_r reports what it has refused, so that people see it. Rows are removed when a person
-- gives what was missing (the triggers on rights and peers in engine.sql), with their peer, and by exporter a week after
-- the last refusal. A refusal that still stands makes its row anew at the next try.

-- messages: how many were refused since the last report. code, missing, subject: as in the table refusals_given.
CREATE VIEW refusal_reports (peer, code, missing, subject, messages, reason) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

-- A peer chooses the subjects. Those beyond 32 rows of a peer are counted together, without a name, so a peer has at
-- most 32 rows and one for each code and missing right.
CREATE TRIGGER refusal_counted INSTEAD OF INSERT ON refusal_reports BEGIN
  INSERT INTO refusals_given
  SELECT NEW.peer, NEW.code, NEW.missing,
         CASE WHEN EXISTS (SELECT 1 FROM refusals_given g WHERE g.peer = NEW.peer AND g.code = NEW.code
                AND g.missing = NEW.missing AND g.subject = NEW.subject)
              OR (SELECT count(*) FROM refusals_given g WHERE g.peer = NEW.peer) < 32 THEN NEW.subject ELSE '' END,
         NEW.messages, clock(), clock(), NEW.reason
    FROM refusals r JOIN peers p ON p.node = NEW.peer
   WHERE r.code = NEW.code AND r.ended_by <> 'itself'
  ON CONFLICT (peer, code, missing, subject) DO UPDATE SET
    messages = messages + excluded.messages, last_s = excluded.last_s, reason = excluded.reason;
END;

-- Wholes that are larger than all that their source may keep here. A refusal has no text, so a receipt tells the source
-- why it waits, and ends nothing: of a relay a hint (verdict 3), of the destination verdict 2, which says that its first
-- byte is missing. At most 256 entries wait for a source.
CREATE VIEW misfits (source, destination, epoch, sequence, attempt, reason) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER misfit_told INSTEAD OF INSERT ON misfits BEGIN
  INSERT INTO receipts_due
  SELECT NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
         CASE WHEN NEW.destination IN (SELECT node FROM own_nodes) THEN 2 ELSE 3 END, 0, NEW.reason
    FROM selfinfo
   WHERE (SELECT count(*) FROM (SELECT 1 FROM receipts_due WHERE addressee = NEW.source LIMIT 256)) < 256
  ON CONFLICT DO NOTHING;
  SELECT wake('processor_s');
END;

-- A person has changed what ends a refusal: ended_by as in refusals.txt. Those of `node`, and those that `node`
-- brought about `subject`, are forgotten.
CREATE VIEW ended_refusals (ended_by, node, subject) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER refusal_ended INSTEAD OF INSERT ON ended_refusals BEGIN
  DELETE FROM refusals_given
   WHERE code IN (SELECT code FROM refusals WHERE ended_by = NEW.ended_by)
     AND (subject IN (NEW.node, '') OR peer = NEW.node AND subject = NEW.subject);
END;
