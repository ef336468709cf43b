-- What counts against a quota is asked for by source, from `messages`.
DROP INDEX files_coming;
CREATE INDEX messages_coming ON messages (source) WHERE state = 'N-4' AND type IN (1, 3);
