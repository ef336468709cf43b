-- The silence that a call bears is found out for each peer.
ALTER TABLE placed_calls ADD COLUMN keepalive_s INTEGER NOT NULL DEFAULT 30;
ALTER TABLE placed_calls ADD COLUMN forgets_s INTEGER;
ALTER TABLE placed_calls ADD COLUMN forgot_s REAL;
ALTER TABLE placed_calls ADD COLUMN is_silent INTEGER NOT NULL DEFAULT 0 CHECK (is_silent IN (0, 1));
ALTER TABLE placed_calls ADD COLUMN is_doubted INTEGER NOT NULL DEFAULT 0 CHECK (is_doubted IN (0, 1));
