-- A boot continues the node's clock at this time, if nothing later is stored.
ALTER TABLE clock ADD COLUMN noted_s REAL NOT NULL DEFAULT 0;
