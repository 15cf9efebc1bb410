-- By vendor, queue and week: answered calls, those over within ten seconds, and who ended them.
SELECT
    vendor_code AS vendor, queue_code AS queue, date_trunc('week', local_date)::DATE AS week,
    sum(answered)::BIGINT AS answered, sum(under_10_s)::BIGINT AS short,
    coalesce(sum(answered) FILTER (ended_by <> 'unknown'), 0)::BIGINT AS ended_known,
    coalesce(sum(answered) FILTER (ended_by = 'agent'), 0)::BIGINT AS ended_by_agent,
    coalesce(sum(under_10_s) FILTER (ended_by <> 'unknown'), 0)::BIGINT AS short_known,
    coalesce(sum(under_10_s) FILTER (ended_by = 'agent'), 0)::BIGINT AS short_by_agent
FROM mart_ending
WHERE queue_code IS NOT NULL
GROUP BY ALL
ORDER BY vendor, queue, week
