-- By vendor, queue, month and outcome of the contact: answered contacts of known customers, those asked, those who replied.
WITH served AS (
    SELECT vendor_code, queue_code, date_trunc('month', local_date)::DATE AS month, unresolved, held, transferred,
           long_talk, answered, 0 AS asked, 0 AS replied
    FROM mart_served
    UNION ALL
    SELECT vendor_code, queue_code, date_trunc('month', local_date)::DATE, unresolved, held, transferred, long_talk,
           0, asked, replied
    FROM mart_asked
)
SELECT
    vendor_code AS vendor, queue_code AS queue, month, unresolved, held, transferred, long_talk,
    sum(answered)::BIGINT AS answered, sum(asked)::BIGINT AS asked, sum(replied)::BIGINT AS replied
FROM served
GROUP BY ALL
