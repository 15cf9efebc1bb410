-- What the loader keeps about every delivery, beside the canonical tables.

CREATE TABLE IF NOT EXISTS meta (name VARCHAR, value VARCHAR);

-- One row per delivery and mapping version; a refused one has no other rows anywhere.
-- known_from: since when its rows count (its reception; for a file taken in again under a changed mapping, that moment).
-- superseded_at: when a changed mapping took the same file in again.
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_no INTEGER, delivery_id VARCHAR, vendor_code VARCHAR, feed VARCHAR, mapping_id VARCHAR,
    mapping_version INTEGER, table_name VARCHAR, file_name VARCHAR, sha256 VARCHAR, bytes BIGINT,
    received_at TIMESTAMPTZ, due_at TIMESTAMPTZ, loaded_at TIMESTAMPTZ, known_from TIMESTAMPTZ,
    superseded_at TIMESTAMPTZ, superseded_by INTEGER, period_start DATE, period_end DATE, latest_by VARCHAR,
    records_read BIGINT, rows_read BIGINT, rows_loaded BIGINT, rows_restating BIGINT, rows_duplicate BIGINT,
    rows_stale BIGINT, rows_rejected BIGINT, rows_dropped BIGINT, rows_dropped_json VARCHAR,
    status VARCHAR, refused_kind VARCHAR, message VARCHAR, summary_json VARCHAR
);

-- Every row that was not plainly loaded, and the held row that decided it (other_*).
CREATE TABLE IF NOT EXISTS row_dispositions (
    delivery_no INTEGER, source_row BIGINT, disposition VARCHAR, reason VARCHAR, row_key VARCHAR,
    other_delivery_no INTEGER, other_source_row BIGINT
);

-- One line per bad cell of a rejected row.
CREATE TABLE IF NOT EXISTS rejects (
    delivery_no INTEGER, source_row BIGINT, line BIGINT, column_name VARCHAR, raw_value VARCHAR, reason VARCHAR
);

-- The surrogate of each keyed hash of a customer.
CREATE TABLE IF NOT EXISTS customers (customer_id INTEGER, customer_ref VARCHAR, key_id VARCHAR);

-- Days whose marts are out of date; written in the transaction that changed them.
CREATE TABLE IF NOT EXISTS stale_days (table_name VARCHAR, vendor_code VARCHAR, local_date DATE);
