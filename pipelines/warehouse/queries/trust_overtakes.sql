-- By vendor, queue and week: answered contacts, those overtaken, those overtaken past the threshold.
SELECT
    vendor_code AS vendor, queue_code AS queue, date_trunc('week', local_date)::DATE AS week,
    any_value(threshold_s) AS threshold_s, sum(answered)::BIGINT AS answered, sum(overtaken)::BIGINT AS overtaken,
    sum(overtaken_late)::BIGINT AS overtaken_late
FROM mart_overtake
GROUP BY ALL
ORDER BY vendor, queue, week
