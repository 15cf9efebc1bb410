-- Answered contacts of one vendor by queue and day that say whether they were resolved, as the vendor declares.
SELECT
    queue_code AS queue, local_date,
    count(*) FILTER (resolved) AS declared_resolved,
    count(resolved) AS declared
FROM contacts
WHERE vendor_code = $vendor AND queue_code IS NOT NULL AND direction = 'inbound' AND outcome = 'answered'
GROUP BY ALL
HAVING count(resolved) > 0
ORDER BY ALL
