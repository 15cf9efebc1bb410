-- Every delivery with its row accounting, the latest reception first. A file that came again with the same content
-- is a delivery without rows.
SELECT
    delivery_no, delivery_id, vendor_code, feed, mapping_id, mapping_version, table_name, file_name, sha256, bytes,
    received_at, due_at, loaded_at, superseded_at, superseded_by, period_start, period_end, records_read, rows_read,
    rows_loaded, rows_restating, rows_duplicate, rows_stale, rows_rejected, rows_dropped, rows_dropped_json,
    CASE WHEN superseded_at IS NULL THEN status ELSE 'superseded' END AS status, refused_kind, message, summary_json,
    NULL AS original_name
FROM deliveries
UNION ALL BY NAME
SELECT
    original_id || '-' || row_number() OVER (PARTITION BY original_id ORDER BY received_at, file_name) AS delivery_id,
    vendor_code, feed, mapping_id, mapping_version, file_name, sha256, bytes, received_at, loaded_at,
    0::BIGINT AS records_read, 0::BIGINT AS rows_read, 0::BIGINT AS rows_loaded, 0::BIGINT AS rows_restating,
    0::BIGINT AS rows_duplicate, 0::BIGINT AS rows_stale, 0::BIGINT AS rows_rejected, 0::BIGINT AS rows_dropped,
    '{}' AS rows_dropped_json, 'duplicate' AS status, original_name
FROM repeated_files
ORDER BY received_at DESC, file_name, mapping_id, delivery_no
