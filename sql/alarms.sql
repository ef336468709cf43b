-- When the program on_alarm and the overseer, a peer, are told of a change of the view `health`
-- (netrelay/transfer/alarm_runs.py, alarm_texts.py). The table alarms follows the view for each teller: look_s is the time
-- of a look at it.

-- How long a finding has to last until it is told, and be gone until that is: a line that comes and goes, and a message
-- that is refused at each try, are one alarm. '': every other kind. most: how often one kind and subject is told in an hour.
CREATE VIEW alarm_bounds (kind, raise_s, clear_s, most) AS VALUES
  -- stall_bounds has waited already; the least that tells a change from a moment
  ('', 30, 300, 6),
  -- nothing is taken any more; free space goes up and down around the bound
  ('disk', 0, 600, 6),
  -- they tell of what has happened, and end a day later
  ('errors', 0, 0, 6), ('restarts', 0, 0, 6),
  -- a refused message is offered again after five minutes at the latest, and is on its way meanwhile
  ('disk-full', 30, 900, 6), ('no-route-there', 30, 900, 6), ('quota', 30, 900, 6), ('refused', 30, 900, 6),
  ('right-missing', 30, 900, 6),
  -- the rate of a month moves slowly: around its bound it comes and goes with the days
  ('card-life', 3600, 172800, 1),
  -- what was written in a day only grows; it ends with the day
  ('card-writes', 0, 300, 1);

-- What is to be told, and when. A finding that ends before it was told is never told. Nothing is owed to an overseer while a
-- text for it is on its way: the next text tells those of the later changes that still hold.
CREATE VIEW alarm_changes (teller, kind, subject, change, severity, due_s) AS
SELECT a.teller, kind, subject, CASE WHEN told IS NULL THEN 'raised' WHEN clear_s IS NULL THEN 'worse' ELSE 'gone' END, severity,
       max(CASE WHEN told IS NULL THEN seen_s + raise_s WHEN clear_s IS NULL THEN 0 ELSE clear_s + gone_s END,
         CASE WHEN runs >= most THEN hour_s + 3600 ELSE 0 END, coalesce(t.due_s, 0))
  FROM (SELECT a.*, b.raise_s, b.clear_s AS gone_s, b.most FROM alarms a JOIN alarm_bounds b
            ON b.kind = coalesce((SELECT o.kind FROM alarm_bounds o WHERE o.kind = a.kind), '')) a
  LEFT JOIN alarm_tellers t ON t.teller = a.teller
 WHERE CASE WHEN told IS NULL THEN clear_s IS NULL
            WHEN clear_s IS NULL THEN told = 'warning' AND severity = 'error' ELSE 1 END
   AND t.message IS NULL;

-- Findings about the way to their subject: the overseer is not told that it was not reached, once it is reached again.
CREATE VIEW findings_of_ways (kind) AS
SELECT cause FROM stall_bounds
UNION VALUES ('call-failing'), ('no-way-back'), ('one-way'), ('pieces-wait'), ('silent'), ('stand-in'), ('unanswered-hello');

-- A look at `health` saw this finding.
CREATE VIEW alarm_seen (teller, kind, subject, severity, words, help, since_at, look_s) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER alarm_was_seen INSTEAD OF INSERT ON alarm_seen BEGIN
  INSERT INTO alarms (teller, kind, subject, severity, words, help, since_at, seen_s)
  VALUES (NEW.teller, NEW.kind, NEW.subject, NEW.severity, NEW.words, NEW.help, NEW.since_at, NEW.look_s)
  ON CONFLICT DO UPDATE SET severity = excluded.severity, words = excluded.words, help = excluded.help,
    since_at = excluded.since_at, clear_s = NULL,
    seen_s = CASE WHEN told IS NULL AND clear_s IS NOT NULL THEN excluded.seen_s ELSE seen_s END;
END;

-- A look saw it no more. A row stays while its runs of the hour count.
CREATE VIEW alarm_cleared (teller, kind, subject, look_s) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER alarm_was_cleared INSTEAD OF INSERT ON alarm_cleared BEGIN
  UPDATE alarms SET clear_s = coalesce(clear_s, NEW.look_s) WHERE teller = NEW.teller AND kind = NEW.kind AND subject = NEW.subject;
  DELETE FROM alarms WHERE told IS NULL AND telling IS NULL AND clear_s IS NOT NULL AND (runs = 0 OR hour_s + 3600 <= NEW.look_s);
END;

-- A teller has told what `telling` says, or has failed to (exit_status is not 0). What failed is told again as long as it is
-- true: after a minute, and after twice as long each time, up to an hour.
CREATE VIEW alarm_ends (teller, exit_status, output, ended_s) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER alarm_ended INSTEAD OF INSERT ON alarm_ends BEGIN
  INSERT INTO alarm_tellers (teller, exit_status, output) VALUES (NEW.teller, NEW.exit_status, NEW.output)
  ON CONFLICT DO UPDATE SET exit_status = excluded.exit_status, output = excluded.output, message = NULL;
  UPDATE alarm_tellers SET
    failed_s = CASE WHEN NEW.exit_status <> 0 THEN coalesce(failed_s, NEW.ended_s) END,
    due_s = CASE WHEN NEW.exit_status <> 0 THEN NEW.ended_s + min(3600, 60 << min(failures, 6)) ELSE 0 END,
    failures = CASE WHEN NEW.exit_status <> 0 THEN failures + 1 ELSE 0 END
   WHERE teller = NEW.teller;
  UPDATE alarms SET told = CASE WHEN telling <> 'gone' THEN telling END,
    runs = CASE WHEN hour_s + 3600 <= NEW.ended_s THEN 1 ELSE runs + 1 END,
    hour_s = CASE WHEN hour_s + 3600 <= NEW.ended_s OR runs = 0 THEN NEW.ended_s ELSE hour_s END,
    -- one that has come back since is raised anew
    seen_s = CASE WHEN telling = 'gone' AND clear_s IS NULL THEN NEW.ended_s ELSE seen_s END
   WHERE NEW.exit_status = 0 AND teller = NEW.teller AND telling IS NOT NULL;
  UPDATE alarms SET telling = NULL WHERE teller = NEW.teller AND telling IS NOT NULL;
END;

-- A run of the program, of one finding, has ended.
CREATE VIEW alarm_runs (kind, subject, change, severity, exit_status, output, ended_s) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER alarm_run_ended INSTEAD OF INSERT ON alarm_runs BEGIN
  UPDATE alarms SET telling = CASE NEW.change WHEN 'gone' THEN 'gone' ELSE NEW.severity END
   WHERE teller = 'program' AND kind = NEW.kind AND subject = NEW.subject;
  INSERT INTO alarm_ends VALUES ('program', NEW.exit_status, NEW.output, NEW.ended_s);
END;

-- A text for the overseer tells this; telling: the severity, or `gone`. The receipt, or its death, is its end.
CREATE VIEW alarm_texts (kind, subject, telling, message) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER alarm_text_made INSTEAD OF INSERT ON alarm_texts BEGIN
  UPDATE alarm_tellers SET message = NEW.message WHERE teller = 'overseer';
  UPDATE alarms SET telling = NEW.telling WHERE teller = 'overseer' AND kind = NEW.kind AND subject = NEW.subject;
END;

-- The node that is the overseer from now on; NULL: none. It is told of every finding, also of those that another was told of.
CREATE VIEW alarm_overseers (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER alarm_overseer_changed INSTEAD OF INSERT ON alarm_overseers BEGIN
  DELETE FROM alarms WHERE teller = 'overseer';
  DELETE FROM alarm_tellers WHERE teller = 'overseer';
  INSERT INTO alarm_tellers (teller, peer) SELECT 'overseer', NEW.peer WHERE NEW.peer IS NOT NULL;
END;
