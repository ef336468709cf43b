-- How long what others send is kept at most becomes a column. What is here keeps the end that it has.
ALTER TABLE selfinfo ADD COLUMN incoming_lifetime_s INTEGER NOT NULL DEFAULT 2592000 CHECK (incoming_lifetime_s > 0);
