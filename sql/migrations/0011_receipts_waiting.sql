-- The receipts that wait for a node are counted before another one is made.
CREATE INDEX messages_receipts ON messages (destination) WHERE state = 'S-4' AND type = 7 AND birth = 'made';
