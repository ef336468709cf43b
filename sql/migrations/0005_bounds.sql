-- Indexes for the counts that bound what one peer can have stored here.
CREATE INDEX files_coming ON files (source) WHERE closed = 0 AND path IS NULL;
CREATE INDEX messages_signed ON messages (source, type)
  WHERE envelope IS NOT NULL AND salt IS NULL AND parent = 0 AND state NOT IN ('F', 'D');
CREATE INDEX messages_damaged ON messages (previous_hop) WHERE hash IS NOT found;
