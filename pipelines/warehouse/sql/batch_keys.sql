CREATE OR REPLACE TEMP TABLE batch_keys AS SELECT {key_hash} AS key_hash FROM batch;
