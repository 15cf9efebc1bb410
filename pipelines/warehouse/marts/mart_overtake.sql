-- Grain: vendor x queue x day.
--
-- Answered contacts that waited while a later one of the same line was answered. A line is site x queue x channel x
-- skill x priority: within it, first come is first served. Two seconds of tolerance: clocks of whole seconds, and an
-- agent who picks the call up a moment late. overtaken_late: of those, the ones that were past the threshold of the
-- service-level clause by the time at which they were answered.
-- Read backwards in time, the earliest answer so far is the earliest answer of all who came later; of contacts that
-- came at the same moment the one answered first counts as the first.
WITH line AS (
    SELECT
        c.vendor_code, c.queue_code, c.local_date, k.threshold_s, c.wait_s, epoch_us(c.queued_at) AS queued_us,
        coalesce(epoch_us(c.answered_at), epoch_us(c.queued_at) + (c.wait_s * 1e6)::BIGINT) AS answered_us,
        hash(c.vendor_code, c.queue_code, c.local_date, c.site_code, c.channel, c.skill, c.priority) AS line_no
    FROM scope_contacts c
    JOIN clause_days k
        ON k.vendor_code = c.vendor_code AND k.queue_code = c.queue_code AND k.local_date = c.local_date
    WHERE c.direction = 'inbound' AND c.outcome = 'answered' AND c.wait_s IS NOT NULL
),
followed AS (
    SELECT
        *,
        min(answered_us) OVER (
            PARTITION BY line_no ORDER BY queued_us DESC, answered_us DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS next_answered_us
    FROM line
)
SELECT
    vendor_code, queue_code, local_date, any_value(threshold_s) AS threshold_s, count(*) AS answered,
    count(*) FILTER (next_answered_us + 2000000 < answered_us) AS overtaken,
    count(*) FILTER (next_answered_us + 2000000 < answered_us AND wait_s > threshold_s) AS overtaken_late
FROM followed
GROUP BY vendor_code, queue_code, local_date
