-- The address that was reached is kept beside the handle of its connection.
ALTER TABLE connections ADD COLUMN address TEXT NOT NULL DEFAULT '';
