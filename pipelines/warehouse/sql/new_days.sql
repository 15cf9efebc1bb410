-- Days that plainly new rows of the batch belong to.
INSERT INTO stale_days
SELECT DISTINCT '{table}', vendor_code, {day} FROM batch WHERE {key_hash} NOT IN (SELECT key_hash FROM careful)
UNION
SELECT DISTINCT '{table}', vendor_code, {day} FROM arrivals
WHERE rowid NOT IN (SELECT arrival FROM compared) AND row_key NOT IN (SELECT row_key FROM contested);
