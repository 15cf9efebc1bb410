-- What trust keeps beside the deliveries: files that came again under another name, findings, results of checks.

-- The same content received again (another name, another day): nothing is read from it a second time.
CREATE TABLE IF NOT EXISTS repeated_files (
    vendor_code VARCHAR, feed VARCHAR, file_name VARCHAR, sha256 VARCHAR, bytes BIGINT, mapping_id VARCHAR,
    mapping_version INTEGER, received_at TIMESTAMPTZ, loaded_at TIMESTAMPTZ, original_id VARCHAR,
    original_name VARCHAR
);
