-- Which copy of a file on another disk is complete.
ALTER TABLE files ADD COLUMN copied TEXT;
