-- An index for the files that exporter has not tried yet, however many wait for another try.
CREATE INDEX files_untried ON files (id) WHERE due_s = 0 AND closed = 0 AND path IS NULL;
