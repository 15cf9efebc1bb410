-- Contacts that came counted: by vendor, lines of calls that nobody answered, and those of them with talk time.
SELECT
    vendor_code AS vendor, min(local_date) AS first_day, max(local_date) AS last_day, count(*)::BIGINT AS lines,
    (count(*) FILTER (talk_s > 0))::BIGINT AS talked
FROM contact_counts
WHERE outcome LIKE 'abandoned%'
GROUP BY vendor_code
ORDER BY vendor_code
