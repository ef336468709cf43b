-- An event holds the due time that its fact gave.
ALTER TABLE events ADD COLUMN due_s REAL;
