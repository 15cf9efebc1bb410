-- Days with surveys or refunds that may be about a contact that has changed: they follow it within 30 days.
INSERT INTO stale_days
SELECT DISTINCT 'surveys', s.vendor_code, s.local_date
FROM (SELECT DISTINCT vendor_code, local_date FROM surveys WHERE leg_id IS NOT NULL) s
JOIN stale_days d ON d.table_name = 'contacts' AND d.vendor_code = s.vendor_code
 AND s.local_date BETWEEN d.local_date AND d.local_date + 30
UNION
SELECT DISTINCT 'refunds', s.vendor_code, s.local_date
FROM (SELECT DISTINCT vendor_code, local_date FROM refunds WHERE leg_id IS NOT NULL) s
JOIN stale_days d ON d.table_name = 'contacts' AND d.vendor_code = s.vendor_code
 AND s.local_date BETWEEN d.local_date AND d.local_date + 30;
