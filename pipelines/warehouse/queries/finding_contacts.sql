-- The contacts that a finding names, without anything about the customer.
SELECT leg_id, queue_code AS queue, queued_at, outcome, wait_s, talk_s, hold_s, acw_s, d.file_name, c.source_row
FROM contacts c JOIN deliveries d USING (delivery_no)
WHERE c.vendor_code = $vendor AND c.leg_id IN (SELECT unnest($legs::VARCHAR[]))
ORDER BY queued_at, leg_id
