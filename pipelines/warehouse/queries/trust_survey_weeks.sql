-- By vendor and day: answered contacts, and surveys sent and answered about that vendor's contacts.
WITH surveyed AS (
    SELECT vendor_code, local_date, question_code, sum(n) AS sent, coalesce(sum(n) FILTER (score_raw IS NOT NULL), 0) AS replied
    FROM mart_survey GROUP BY ALL
),
sent AS (
    SELECT vendor_code, local_date, max(sent)::BIGINT AS sent, max(replied)::BIGINT AS replied FROM surveyed GROUP BY ALL
),
served AS (
    SELECT vendor_code, local_date, sum(answered)::BIGINT AS answered FROM mart_day GROUP BY ALL
)
SELECT
    coalesce(s.vendor_code, a.vendor_code) AS vendor, coalesce(s.local_date, a.local_date) AS local_date,
    coalesce(a.answered, 0) AS answered, coalesce(s.sent, 0) AS sent, coalesce(s.replied, 0) AS replied
FROM served a
FULL JOIN sent s ON s.vendor_code = a.vendor_code AND s.local_date = a.local_date
ORDER BY vendor, local_date
