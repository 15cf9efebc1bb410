-- Vendors that have reported anything.
SELECT DISTINCT vendor_code AS vendor FROM mart_report ORDER BY vendor
