-- A silence that was borne before says nothing about the longest one of a call.
ALTER TABLE placed_calls ADD COLUMN silence_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE placed_calls ADD COLUMN is_early INTEGER NOT NULL DEFAULT 0 CHECK (is_early IN (0, 1));
-- A node may call on a schedule.
ALTER TABLE selfinfo ADD COLUMN call_every_s INTEGER CHECK (call_every_s BETWEEN 60 AND 604800);
