SELECT {key_hash} AS key_hash FROM batch
