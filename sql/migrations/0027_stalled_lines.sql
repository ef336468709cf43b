-- Since when nothing of what was sent on an open connection has arrived, and what is done about it.
ALTER TABLE connections ADD COLUMN stalled_s REAL;
ALTER TABLE connections ADD COLUMN stall_reason TEXT NOT NULL DEFAULT '';
