-- Grain: vendor x queue x day.
--
-- Answered contacts that waited while a later one of the same line was answered. A line is site x queue x channel x
-- skill x priority: within it, first come is first served. Two seconds of tolerance: clocks of whole seconds, and an
-- agent who picks the call up a moment late. overtaken_late: of those, the ones that were past the threshold of the
-- service-level clause by the time at which they were answered.
-- Read backwards in time, the earliest answer so far is the earliest answer of all who came later; of contacts that
-- came at the same moment the one answered first counts as the first.
-- Rows are narrow while they are sorted: queue_day stands for vendor, queue and day.
WITH queue_days AS (
    SELECT vendor_code, queue_code, local_date, threshold_s, hash(vendor_code, queue_code, local_date) AS queue_day
    FROM clause_days
),
line AS (
    SELECT
        k.queue_day, c.wait_s > k.threshold_s AS is_late, epoch_us(c.queued_at) AS queued_us,
        coalesce(epoch_us(c.answered_at), epoch_us(c.queued_at) + (c.wait_s * 1e6)::BIGINT) AS answered_us,
        hash(k.queue_day, c.site_code, c.channel, c.skill, c.priority) AS line_no
    FROM scope_contacts c
    JOIN queue_days k
        ON k.vendor_code = c.vendor_code AND k.queue_code = c.queue_code AND k.local_date = c.local_date
    WHERE c.direction = 'inbound' AND c.outcome = 'answered' AND c.wait_s IS NOT NULL
),
followed AS (
    SELECT
        queue_day, is_late, answered_us,
        min(answered_us) OVER (
            PARTITION BY line_no ORDER BY queued_us DESC, answered_us DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS next_answered_us
    FROM line
),
counted AS (
    SELECT
        queue_day, count(*) AS answered, count(*) FILTER (next_answered_us + 2000000 < answered_us) AS overtaken,
        count(*) FILTER (next_answered_us + 2000000 < answered_us AND is_late) AS overtaken_late
    FROM followed
    GROUP BY queue_day
)
SELECT k.vendor_code, k.queue_code, k.local_date, k.threshold_s, c.answered, c.overtaken, c.overtaken_late
FROM counted c JOIN queue_days k USING (queue_day)
