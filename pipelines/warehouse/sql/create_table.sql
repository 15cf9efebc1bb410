-- Current rows, and rows that have been replaced. known_from and known_to say when a row held.
CREATE TABLE IF NOT EXISTS {table} (
    {definitions},
    delivery_no INTEGER, source_row BIGINT, known_from TIMESTAMPTZ, key_hash UBIGINT
);
CREATE TABLE IF NOT EXISTS {table}_history (
    {definitions},
    delivery_no INTEGER, source_row BIGINT, known_from TIMESTAMPTZ, key_hash UBIGINT, known_to TIMESTAMPTZ
);
