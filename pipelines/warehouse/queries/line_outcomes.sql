-- The contacts behind one line of the ledger, by outcome, and how many of them are within a threshold.
-- $queues null: all queues of the vendor; $from_at, $until_at null: whole days from $first_day to $last_day.
SELECT
    outcome,
    count(*) AS contacts,
    count(wait_s) AS waits_known,
    CASE WHEN $threshold_s IS NOT NULL THEN
        count(*) FILTER (clock_s < $threshold_s OR ($inclusive AND clock_s = $threshold_s)) END AS in_threshold,
    CASE WHEN $short_abandon_s IS NOT NULL THEN
        count(*) FILTER (clock_s < $short_abandon_s OR ($inclusive AND clock_s = $short_abandon_s)) END AS in_short,
    median(wait_s) AS wait_median_s,
    max(wait_s) AS wait_max_s
FROM (
    SELECT
        outcome, wait_s,
        CASE $clock_start
            WHEN 'ring' THEN ring_s
            WHEN 'call_start' THEN wait_s + coalesce(ivr_s, (epoch_us(queued_at) - epoch_us(arrived_at)) / 1e6)
            ELSE wait_s
        END AS clock_s
    FROM contacts
    WHERE vendor_code = $vendor AND direction = 'inbound' AND local_date BETWEEN $first_day AND $last_day
      AND ($queues IS NULL OR queue_code IN (SELECT unnest($queues)))
      AND ($from_at IS NULL OR queued_at >= $from_at) AND ($until_at IS NULL OR queued_at < $until_at)
)
GROUP BY outcome
ORDER BY contacts DESC, outcome
