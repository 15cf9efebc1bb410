-- Wait histogram by vendor, queue and week (its Monday). Bins as in mart_wait.
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week, wait_bin,
    sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned
FROM mart_wait
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
