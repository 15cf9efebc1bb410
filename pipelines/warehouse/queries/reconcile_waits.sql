-- Histogram of waits of one vendor by queue and day. Bins as in mart_wait.
SELECT queue_code AS queue, local_date, wait_bin, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned
FROM mart_wait
WHERE vendor_code = $vendor AND queue_code IS NOT NULL
GROUP BY ALL
ORDER BY ALL
