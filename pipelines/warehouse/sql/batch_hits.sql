-- Keys of the batch that need care: held already, held once, or more than once in the batch itself.
CREATE OR REPLACE TEMP TABLE hits AS
SELECT t.key_hash, t.rowid AS held_row FROM {table} t SEMI JOIN batch_keys USING (key_hash);

CREATE OR REPLACE TEMP TABLE careful AS
SELECT key_hash FROM hits
UNION
SELECT h.key_hash FROM {table}_history h SEMI JOIN batch_keys USING (key_hash)
UNION
SELECT key_hash FROM batch_keys GROUP BY key_hash HAVING count(*) > 1;
