-- Histogram of waits of one vendor by queue and day from single contacts: on another clock than that of the queue (from
-- the first ring, or from the start of the call), or on days that begin at another minute than midnight; of contacts of
-- the calendar's days from first_day to last_day. Bins as in mart_wait.
SELECT
    queue_code AS queue, local_date,
    least(2 * floor(clock_s) + (clock_s > floor(clock_s))::INTEGER, 7200)::INTEGER AS wait_bin,
    count(*) FILTER (outcome = 'answered') AS answered, count(*) FILTER (outcome <> 'answered') AS abandoned
FROM (
    SELECT
        queue_code, CASE WHEN local_minute < $day_start THEN local_date - 1 ELSE local_date END AS local_date, outcome,
        CASE $clock
            WHEN 'ring' THEN ring_s
            WHEN 'call_start' THEN wait_s + coalesce(ivr_s, (epoch_us(queued_at) - epoch_us(arrived_at)) / 1e6)
            ELSE wait_s
        END AS clock_s
    FROM contacts
    WHERE vendor_code = $vendor AND queue_code IS NOT NULL AND direction = 'inbound'
      AND local_date BETWEEN $first_day AND $last_day
      AND outcome IN ('answered', 'abandoned_queue', 'abandoned_ring', 'abandoned_hold')
)
WHERE clock_s IS NOT NULL
GROUP BY ALL
ORDER BY ALL
