-- The keys of the batch that need care, and the held rows behind them.
CREATE OR REPLACE TEMP TABLE batch_keys AS SELECT {key_hash} AS key_hash FROM batch;

CREATE OR REPLACE TEMP TABLE hits AS
SELECT t.key_hash, t.rowid AS held_row FROM {table} t SEMI JOIN batch_keys USING (key_hash);

CREATE OR REPLACE TEMP TABLE careful AS
SELECT key_hash FROM hits
UNION
SELECT h.key_hash FROM {table}_history h SEMI JOIN batch_keys USING (key_hash)
UNION
SELECT key_hash FROM batch_keys GROUP BY key_hash HAVING count(*) > 1;
