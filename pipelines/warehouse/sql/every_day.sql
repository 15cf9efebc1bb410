-- All days of one vendor, or of all (null), in one table.
INSERT INTO stale_days
SELECT DISTINCT '{table}', vendor_code, local_date FROM {table} WHERE $vendor IS NULL OR vendor_code = $vendor;
