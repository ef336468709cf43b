-- Entries that importer passes over. A row is stored when an entry has lain in a drop folder for a minute, and deleted when it is
-- sent or gone; the view left_in_drop (views.sql) shows it after an hour.

-- At most 64 entries of a folder: a program that leaves thousands of files there does not fill the database.
CREATE TRIGGER passed_over_bounded BEFORE INSERT ON passed_over
 WHEN NOT EXISTS (SELECT 1 FROM passed_over WHERE folder = NEW.folder AND name = NEW.name)
  AND (SELECT count(*) FROM passed_over WHERE folder = NEW.folder) >= 64 BEGIN
  SELECT raise(IGNORE);
END;
