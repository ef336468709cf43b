-- The views through which processor_s reports that a file of this node cannot be read: its disk is away, or fails. The
-- columns of `files` that hold it are those of an incoming file (delivery.sql). It waits until it can be read, until a
-- person cancels it, or until its lifetime is over.

-- The files of this node that could not be read when they were to be sent.
CREATE VIEW unread_files AS
SELECT * FROM files WHERE due_s > 0 AND path IS NOT NULL;

-- reason: for people; NULL: the file can be read again. Everything that is left of a file waits with it. Several reports
-- of one file before it is due again count as one failure.
CREATE VIEW source_troubles (message, reason) AS SELECT NULL, NULL WHERE 0;

CREATE TRIGGER source_unread INSTEAD OF INSERT ON source_troubles WHEN NEW.reason IS NOT NULL BEGIN
  UPDATE files SET trouble = 'unread', trouble_reason = NEW.reason, trouble_s = coalesce(trouble_s, clock()),
    failures = failures + 1,
    due_s = clock() + (SELECT b.most_s FROM backoffs b WHERE b.policy = 'source' AND b.failures <= files.failures + 1
       ORDER BY b.failures DESC LIMIT 1)
   WHERE id = (SELECT file FROM messages WHERE id = NEW.message AND state = 'S-4') AND due_s <= clock();
  UPDATE messages SET due_s = f.due_s FROM (SELECT id, due_s FROM files) f
   WHERE f.id = messages.file AND state = 'S-4' AND messages.due_s < f.due_s
     AND messages.file = (SELECT file FROM messages WHERE id = NEW.message);
END;
CREATE TRIGGER source_read INSTEAD OF INSERT ON source_troubles WHEN NEW.reason IS NULL BEGIN
  UPDATE files SET trouble = NULL, trouble_reason = NULL, trouble_s = NULL, failures = 0, due_s = 0
   WHERE id = (SELECT file FROM messages WHERE id = NEW.message);
  UPDATE messages SET due_s = 0
   WHERE state = 'S-4' AND due_s > 0 AND file = (SELECT file FROM messages WHERE id = NEW.message);
END;

-- A disk was mounted, or taken away: what could not be read is tried now.
CREATE VIEW disk_changes (one) AS SELECT NULL WHERE 0;
CREATE TRIGGER disks_changed INSTEAD OF INSERT ON disk_changes BEGIN
  UPDATE messages SET due_s = 0 WHERE state = 'S-4' AND due_s > 0 AND file IN (SELECT id FROM unread_files);
  UPDATE files SET due_s = min(due_s, clock()) WHERE due_s > 0 AND path IS NOT NULL;
END;
