-- By vendor, queue and week: answers just before and just after the threshold of the service-level clause in force.
--
-- The cut lies between whole seconds: an answer at exactly the threshold is before it where the clause says "within",
-- after it where it says "below". Windows are a tenth of the threshold, at least 5 and at most 30 seconds; before2 is
-- the window before the one just before.
WITH rule AS (
    SELECT
        w.vendor_code, w.queue_code, w.local_date, c.threshold_s,
        2 * c.threshold_s::INTEGER - (NOT c.inclusive)::INTEGER AS last_bin,
        greatest(5, least(30, (c.threshold_s / 6)::INTEGER)) AS width_s,
        c.queue_code = w.queue_code AS own, c.clause_no
    FROM (SELECT DISTINCT vendor_code, queue_code, local_date FROM mart_wait) w
    JOIN clauses c
        ON c.vendor_code = w.vendor_code AND c.metric = 'service_level' AND c.queue_code IN (w.queue_code, '*')
       AND w.local_date BETWEEN c.valid_from AND coalesce(c.valid_to, DATE '9999-12-31')
    WHERE c.threshold_s IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY w.vendor_code, w.queue_code, w.local_date
        ORDER BY c.queue_code = w.queue_code DESC, c.clause_no) = 1
)
SELECT
    m.vendor_code AS vendor, m.queue_code AS queue, date_trunc('week', m.local_date)::DATE AS week,
    any_value(r.threshold_s) AS threshold_s, any_value(r.width_s) AS width_s, sum(m.answered)::BIGINT AS answered,
    coalesce(sum(m.answered) FILTER (m.wait_bin > r.last_bin - 4 * r.width_s AND m.wait_bin <= r.last_bin - 2 * r.width_s),
        0)::BIGINT AS before2,
    coalesce(sum(m.answered) FILTER (m.wait_bin > r.last_bin - 2 * r.width_s AND m.wait_bin <= r.last_bin), 0)::BIGINT
        AS before,
    coalesce(sum(m.answered) FILTER (m.wait_bin > r.last_bin AND m.wait_bin <= r.last_bin + 2 * r.width_s), 0)::BIGINT
        AS after
FROM mart_wait m
JOIN rule r ON r.vendor_code = m.vendor_code AND r.queue_code = m.queue_code AND r.local_date = m.local_date
GROUP BY ALL
ORDER BY vendor, queue, week
