-- Histogram of waits of one vendor by queue and day on another clock than that of the queue: from the first ring, or
-- from the start of the call. Bins as in mart_wait.
SELECT
    queue_code AS queue, local_date,
    least(2 * floor(clock_s) + (clock_s > floor(clock_s))::INTEGER, 7200)::INTEGER AS wait_bin,
    count(*) FILTER (outcome = 'answered') AS answered, count(*) FILTER (outcome <> 'answered') AS abandoned
FROM (
    SELECT
        queue_code, local_date, outcome,
        CASE $clock
            WHEN 'ring' THEN ring_s
            WHEN 'call_start' THEN wait_s + coalesce(ivr_s, (epoch_us(queued_at) - epoch_us(arrived_at)) / 1e6)
        END AS clock_s
    FROM contacts
    WHERE vendor_code = $vendor AND queue_code IS NOT NULL AND direction = 'inbound'
      AND outcome IN ('answered', 'abandoned_queue', 'abandoned_ring', 'abandoned_hold')
)
WHERE clock_s IS NOT NULL
GROUP BY ALL
ORDER BY ALL
