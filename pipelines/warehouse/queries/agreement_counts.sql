-- Counts of one vendor by queue and interval under a definition of service level that the marts don't hold: other
-- threshold, clock, short abandons, the interval of the answer in place of that of the arrival, or without contacts that
-- another one was transferred to. Columns as in mart_interval.
WITH clocked AS (
    SELECT
        c.queue_code AS queue, c.outcome,
        CASE WHEN $by_answer AND c.outcome = 'answered'
            THEN coalesce(
                c.answered_at, make_timestamptz((epoch_us(c.queued_at) + c.wait_s * 1e6)::BIGINT), c.queued_at)
            ELSE c.queued_at
        END AS placed_at,
        c.local_date, c.local_minute, coalesce(t.interval_min, 30) AS interval_min,
        coalesce(t.report_tz, 'UTC') AS zone,
        CASE $clock
            WHEN 'ring' THEN c.ring_s
            WHEN 'call_start' THEN c.wait_s + coalesce(c.ivr_s, (epoch_us(c.queued_at) - epoch_us(c.arrived_at)) / 1e6)
            ELSE c.wait_s
        END AS clock_s
    FROM contacts c
    LEFT JOIN terms t
        ON t.vendor_code = c.vendor_code
       AND c.local_date BETWEEN t.valid_from AND coalesce(t.valid_to, DATE '9999-12-31')
    WHERE c.vendor_code = $vendor AND c.direction = 'inbound' AND c.queue_code IS NOT NULL
      AND ($transfers_in OR c.transferred_from_leg_id IS NULL)
),
placed AS (
    SELECT
        queue, outcome, clock_s,
        CASE WHEN $by_answer THEN timezone(zone, placed_at)::DATE ELSE local_date END AS local_date,
        CASE WHEN $by_answer
            THEN epoch_us(placed_at) // 60000000
                - (hour(timezone(zone, placed_at)) * 60 + minute(timezone(zone, placed_at))) % interval_min
            ELSE epoch_us(placed_at) // 60000000 - local_minute % interval_min
        END AS start_minute,
        outcome = 'answered' AS is_answered,
        outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold') AS is_abandoned,
        clock_s < $threshold_s OR ($inclusive AND clock_s = $threshold_s) AS in_threshold,
        clock_s < $short_s OR ($inclusive AND clock_s = $short_s) AS is_short
    FROM clocked
)
SELECT
    queue, make_timestamptz(start_minute * 60000000) AS interval_start_at, local_date,
    count(*) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')) AS offered,
    count(*) FILTER (is_answered) AS answered,
    count(*) FILTER (is_abandoned) AS abandoned,
    count(*) FILTER (outcome = 'abandoned_ivr') AS abandoned_ivr,
    count(*) FILTER (outcome IN ('overflowed', 'timeout')) AS flow_outs,
    count(*) FILTER (outcome = 'callback_requested') AS callbacks,
    count(*) FILTER (outcome = 'voicemail') AS voicemail,
    count(*) FILTER (outcome = 'closed_hours') AS closed,
    count(*) FILTER (is_answered AND in_threshold) AS answered_in_threshold,
    count(*) FILTER (is_abandoned AND in_threshold) AS abandoned_in_threshold,
    CASE WHEN $short_s IS NOT NULL THEN count(*) FILTER (is_abandoned AND is_short) END AS short_abandoned,
    count(*) FILTER (outcome = 'callback_requested' AND in_threshold) AS callbacks_in_threshold
FROM placed
GROUP BY ALL
ORDER BY ALL
