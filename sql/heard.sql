-- How long each neighbour is usually not heard of (the table heard): what tells an unusual silence from one of every
-- night. A contact is a connection that opens (outgoing.sql reports it; it is heard of until the connection ends), and a
-- hello that settles an agreement (engine.sql). Silences of less than a
-- minute are none. The longest one fades by a tenth at each silence, so that one winter is not waited for in all others.
CREATE VIEW contacts_heard (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER peer_heard INSTEAD OF INSERT ON contacts_heard BEGIN
  INSERT INTO heard (peer, heard_s) SELECT node, clock() FROM peers WHERE node = NEW.peer
  ON CONFLICT DO UPDATE SET
    longest_s = CASE WHEN excluded.heard_s - heard_s >= 60 THEN max(excluded.heard_s - heard_s, 0.9 * longest_s) ELSE longest_s END,
    gaps = gaps + (excluded.heard_s - heard_s >= 60),
    heard_s = excluded.heard_s;
END;
