-- The simple verdicts. A row is a plain duplicate when the held row is the same and has been known for longer:
-- nothing about the past or the present changes. It is plainly new when nothing of its key was ever held.
CREATE OR REPLACE TEMP TABLE contested AS
SELECT DISTINCT a.row_key, a.key_hash
FROM arrivals a LEFT JOIN compared c ON c.arrival = a.rowid
WHERE (SELECT count(*) FROM arrivals x WHERE x.row_key = a.row_key) > 1
   OR (c.arrival IS NOT NULL AND NOT (c.identical AND a.known_from > c.held_known_from))
   OR (c.arrival IS NULL AND a.row_key IN (
        SELECT {row_key} FROM {table}_history WHERE key_hash IN (SELECT key_hash FROM arrivals)));

INSERT INTO row_dispositions
SELECT a.delivery_no, a.source_row, 'duplicate', 'same as the held row', a.row_key, c.held_delivery_no, c.held_source_row
FROM arrivals a JOIN compared c ON c.arrival = a.rowid
WHERE a.row_key NOT IN (SELECT row_key FROM contested);
