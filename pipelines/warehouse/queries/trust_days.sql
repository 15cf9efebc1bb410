-- By vendor, queue and day: contacts that reached the queue, those answered, their talk time.
SELECT
    vendor_code AS vendor, queue_code AS queue, local_date, sum(offered)::BIGINT AS offered,
    sum(answered)::BIGINT AS answered, sum(talk_s) AS talk_s
FROM mart_day
GROUP BY ALL
