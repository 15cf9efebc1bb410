-- The files that brought the contacts behind one line of the ledger, each with its own row accounting.
-- Parameters as in line_outcomes.
SELECT
    d.delivery_no, d.delivery_id, d.vendor_code AS vendor, d.file_name, d.received_at, n.contacts, d.rows_read,
    d.rows_loaded, d.rows_restating, d.rows_duplicate, d.rows_stale, d.rows_rejected, d.rows_dropped
FROM (
    SELECT delivery_no, count(*) AS contacts
    FROM contacts
    WHERE vendor_code = $vendor AND direction = 'inbound' AND local_date BETWEEN $first_day AND $last_day
      AND ($queues IS NULL OR queue_code IN (SELECT unnest($queues)))
      AND ($from_at IS NULL OR queued_at >= $from_at) AND ($until_at IS NULL OR queued_at < $until_at)
    GROUP BY delivery_no
) n
JOIN deliveries d USING (delivery_no)
ORDER BY d.received_at, d.delivery_no
