-- Every delivery with its row accounting, the latest reception first.
SELECT
    delivery_no, delivery_id, vendor_code, feed, mapping_id, mapping_version, table_name, file_name, sha256, bytes,
    received_at, due_at, loaded_at, superseded_at, superseded_by, period_start, period_end, records_read, rows_read,
    rows_loaded, rows_restating, rows_duplicate, rows_stale, rows_rejected, rows_dropped, rows_dropped_json,
    CASE WHEN superseded_at IS NULL THEN status ELSE 'superseded' END AS status, refused_kind, message, summary_json
FROM deliveries
ORDER BY received_at DESC, file_name, mapping_id, delivery_no
