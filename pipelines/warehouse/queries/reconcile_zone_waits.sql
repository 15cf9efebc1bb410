-- Histogram of waits of one vendor by queue and the day of another clock (its zone, and the minute at which a day
-- begins there), from single contacts. Bins as in mart_wait.
SELECT
    queue_code AS queue, (timezone($zone, queued_at) - to_minutes($day_start::BIGINT))::DATE AS local_date,
    least(2 * floor(wait_s) + (wait_s > floor(wait_s))::INTEGER, 7200)::INTEGER AS wait_bin,
    count(*) FILTER (outcome = 'answered') AS answered, count(*) FILTER (outcome <> 'answered') AS abandoned
FROM contacts
WHERE vendor_code = $vendor AND queue_code IS NOT NULL AND direction = 'inbound' AND wait_s IS NOT NULL
  AND outcome IN ('answered', 'abandoned_queue', 'abandoned_ring', 'abandoned_hold')
GROUP BY ALL
ORDER BY ALL
