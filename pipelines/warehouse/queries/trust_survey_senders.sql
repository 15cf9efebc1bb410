-- Which vendor's files bring the surveys about whom, and the days that they cover.
SELECT
    s.vendor_code AS vendor, d.vendor_code AS sender, min(s.local_date) AS first_day, max(s.local_date) AS last_day,
    count(*) AS surveys
FROM surveys s JOIN deliveries d USING (delivery_no)
GROUP BY ALL
