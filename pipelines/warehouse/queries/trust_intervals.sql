-- By vendor, queue and interval: contacts of any outcome, and those that reached the queue.
SELECT
    vendor_code AS vendor, queue_code AS queue, interval_start_at, local_date, local_minute,
    sum(offered + abandoned_ivr + closed + blocked)::BIGINT AS contacts, sum(offered)::BIGINT AS offered
FROM mart_interval
GROUP BY ALL
