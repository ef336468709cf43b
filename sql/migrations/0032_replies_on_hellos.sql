-- Replies go back on the connection of a hello to who was dialled where it comes from.
ALTER TABLE connections ADD COLUMN reached_address TEXT NOT NULL DEFAULT '';
