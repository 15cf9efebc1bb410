-- Grain: vendor x queue x day.
--
-- Answered contacts that waited while a later one of the same line was answered. A line is site x queue x channel x
-- skill x priority: within it, first come is first served. Two seconds of tolerance: clocks of whole seconds, and an
-- agent who picks the call up a moment late. overtaken_late: of those, the ones that were past the threshold of the
-- service-level clause by the time at which they were answered.
WITH line AS (
    SELECT
        c.vendor_code, c.queue_code, c.local_date, c.queued_at, k.threshold_s, c.wait_s,
        coalesce(c.answered_at, c.queued_at + to_microseconds((c.wait_s * 1e6)::BIGINT)) AS answered_at,
        c.site_code, c.channel, c.skill, c.priority
    FROM scope_contacts c
    JOIN clause_days k
        ON k.vendor_code = c.vendor_code AND k.queue_code = c.queue_code AND k.local_date = c.local_date
    WHERE c.direction = 'inbound' AND c.outcome = 'answered' AND c.wait_s IS NOT NULL
),
followed AS (
    SELECT
        *,
        min(answered_at) OVER (
            PARTITION BY vendor_code, queue_code, local_date, site_code, channel, skill, priority
            ORDER BY queued_at RANGE BETWEEN INTERVAL 1 MICROSECOND FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_answered_at
    FROM line
)
SELECT
    vendor_code, queue_code, local_date, any_value(threshold_s) AS threshold_s, count(*) AS answered,
    count(*) FILTER (next_answered_at + INTERVAL 2 SECOND < answered_at) AS overtaken,
    count(*) FILTER (next_answered_at + INTERVAL 2 SECOND < answered_at AND wait_s > threshold_s) AS overtaken_late
FROM followed
GROUP BY vendor_code, queue_code, local_date
