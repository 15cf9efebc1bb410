-- First contacts of one vendor by queue, day and window under another rule for repeat contacts than the marts': what
-- mart_repeat counts, told for several windows at once.
--   window_h     hours within which a contact of the same customer in another interaction is a repeat
--   blank_closed contacts of nobody known whose window is closed
WITH legs AS (
    SELECT
        c.vendor_code, c.queue_code, c.local_date, epoch_us(c.queued_at) AS came_us, c.outcome = 'answered' AS is_answered,
        hash(c.vendor_code, c.source_system, c.interaction_id) AS interaction,
        hash(c.vendor_code, c.source_system, c.leg_id) AS leg,
        CASE WHEN c.customer_id IS NOT NULL AND (c.reason_code IS NOT NULL OR NOT $same_reason) THEN
            hash(c.customer_id, CASE WHEN $same_reason THEN c.reason_code END)
        END AS who
    FROM contacts c
    WHERE c.direction = 'inbound' AND (
        c.vendor_code = $vendor
        OR ($cross_vendor AND c.customer_id IN (SELECT customer_id FROM contacts WHERE vendor_code = $vendor))
    )
),
ordered AS (
    SELECT
        *,
        lag(CASE WHEN is_answered THEN came_us END IGNORE NULLS) OVER (
            PARTITION BY interaction ORDER BY came_us, leg) AS answered_before_us,
        interaction IS DISTINCT FROM lag(interaction) OVER (PARTITION BY who ORDER BY came_us, leg) AS starts
    FROM legs
),
followed AS (
    SELECT
        *,
        lead(CASE WHEN starts THEN came_us END IGNORE NULLS) OVER (PARTITION BY who ORDER BY came_us, leg) AS next_us
    FROM ordered
),
judged AS (
    SELECT
        f.queue_code, f.local_date, w.window_h, f.who IS NOT NULL AS is_known,
        f.came_us + w.window_us <= epoch_us(e.ends_at) AS is_closed,
        coalesce(f.next_us <= f.came_us + w.window_us, false) AS is_repeated
    FROM followed f
    CROSS JOIN (
        SELECT window_h, (window_h * 3600000000)::BIGINT AS window_us FROM (SELECT unnest($windows::DOUBLE[]) AS window_h)
    ) w
    JOIN repeat_end e ON e.vendor_code = f.vendor_code
    WHERE f.vendor_code = $vendor AND f.queue_code IS NOT NULL AND f.is_answered
      AND coalesce(f.answered_before_us < f.came_us - w.window_us, true)
)
SELECT
    queue_code AS queue, local_date, window_h,
    count(*) FILTER (is_known AND is_closed) AS eligible,
    count(*) FILTER (is_known AND is_closed AND is_repeated) AS repeated,
    count(*) FILTER (is_known AND NOT is_closed) AS still_open,
    count(*) FILTER (NOT is_known) AS unknown,
    count(*) FILTER (NOT is_known AND is_closed) AS blank_closed
FROM judged
GROUP BY ALL
ORDER BY ALL
