-- Grain: vendor x site x queue x day x wait bin. A histogram, because a median or a 90th percentile can't be had from
-- sums.
--
-- wait_bin keeps the difference between "within" and "below" a whole number of seconds: a wait of exactly w whole
-- seconds is bin 2w, one between w and w + 1 is bin 2w + 1. So "wait <= T" is bin <= 2T and "wait < T" is bin < 2T.
-- Bins end at 7200 (an hour or more).
SELECT
    vendor_code, site_code, queue_code, local_date,
    least(2 * floor(wait_s) + (wait_s > floor(wait_s))::INTEGER, 7200)::INTEGER AS wait_bin,
    count(*) FILTER (outcome = 'answered') AS answered,
    count(*) FILTER (outcome <> 'answered') AS abandoned
FROM scope_contacts
WHERE direction = 'inbound' AND wait_s IS NOT NULL
  AND outcome IN ('answered', 'abandoned_queue', 'abandoned_ring', 'abandoned_hold')
GROUP BY ALL
