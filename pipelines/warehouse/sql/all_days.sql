INSERT INTO stale_days SELECT DISTINCT '{table}', vendor_code, {day} FROM batch;
