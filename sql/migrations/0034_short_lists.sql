-- A list of more than two constants makes a temporary table at each write of a row (decision 0255).
DROP INDEX messages_lifetime;
CREATE INDEX messages_lifetime ON messages (expires_s)
  WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D') AND state <> 'S-5';
DROP INDEX messages_unfinished;
CREATE INDEX messages_unfinished ON messages (destination, source, epoch, sequence)
  WHERE parent = 0 AND (type IN (1, 3) OR type IN (6, 7)) AND state <> 'F';
