-- Every contact of one customer, at whichever vendor, in order of time.
SELECT
    c.vendor_code, c.source_system, c.leg_id, c.interaction_id, c.site_code, c.queue_code, c.channel, c.direction,
    c.queued_at, c.local_date, c.local_minute, c.wait_s, c.talk_s + coalesce(c.hold_s, 0) + coalesce(c.acw_s, 0) AS handle_s,
    c.outcome, c.transfer_out, c.reason_code, c.resolved
FROM contacts c
WHERE c.customer_id = $customer
ORDER BY c.queued_at, c.leg_id
LIMIT $most
