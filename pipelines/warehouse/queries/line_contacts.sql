-- The contacts behind one line of the ledger, one by one, with the file and row that each came from; no customer.
-- Parameters as in line_outcomes.
SELECT
    c.leg_id, c.queue_code AS queue, c.site_code AS site, c.queued_at, c.outcome, c.ivr_s, c.wait_s, c.ring_s, c.talk_s,
    c.hold_s, c.acw_s, c.transfer_out, d.file_name, c.source_row
FROM contacts c
JOIN deliveries d USING (delivery_no)
WHERE c.vendor_code = $vendor AND c.direction = 'inbound' AND c.local_date BETWEEN $first_day AND $last_day
  AND ($queues IS NULL OR c.queue_code IN (SELECT unnest($queues)))
  AND ($from_at IS NULL OR c.queued_at >= $from_at) AND ($until_at IS NULL OR c.queued_at < $until_at)
ORDER BY c.queued_at, c.leg_id
LIMIT $most
