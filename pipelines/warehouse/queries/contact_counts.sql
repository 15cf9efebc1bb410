-- How many inbound contacts there are in a cell, by what came of them and by the file they came in: the same rows as
-- those of contact_rows, counted.
SELECT c.outcome, d.file_name, d.delivery_id, d.delivery_no, count(*) AS contacts
FROM contacts c
LEFT JOIN deliveries d USING (delivery_no)
WHERE c.vendor_code = $vendor AND c.local_date BETWEEN $first_day AND $last_day AND c.direction = 'inbound'
  AND c.local_minute BETWEEN $first_minute AND $last_minute
  AND ($queues IS NULL OR list_contains($queues, c.queue_code))
  AND ($site IS NULL OR c.site_code = $site)
GROUP BY ALL
ORDER BY ALL
