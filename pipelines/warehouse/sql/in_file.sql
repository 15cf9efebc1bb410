-- What claims.sql began: each key that won several times in one delivery is settled as one change.
--
-- opening_row: the row of this delivery that the first claim replaced, if it was one of this delivery. It was plainly
-- loaded (the key was new), or a duplicate of what was held before (known_no, known_row).
CREATE OR REPLACE TEMP TABLE in_file AS
WITH present AS (
    SELECT {columns}, {row_key} AS row_key, delivery_no FROM {table}
    WHERE {row_key} IN (SELECT row_key FROM claims)
),
ends AS (
    SELECT row_key, count(*) AS claimed, arg_max(source_row, turn) AS last_row,
           arg_min(other_delivery_no, turn) AS first_no, arg_min(other_source_row, turn) AS first_other
    FROM claims GROUP BY row_key
),
opened AS (
    SELECT e.row_key, e.claimed, e.last_row,
           CASE WHEN e.first_no = l.delivery_no AND d.row_key IS NULL THEN e.first_other END AS opening_row,
           CASE WHEN e.first_no <> l.delivery_no THEN e.first_no ELSE d.other_delivery_no END AS known_no,
           CASE WHEN e.first_no <> l.delivery_no THEN e.first_other ELSE d.other_source_row END AS known_row
    FROM ends e
    CROSS JOIN this_load l
    LEFT JOIN row_dispositions d
        ON d.delivery_no = l.delivery_no AND d.row_key = e.row_key AND d.source_row = e.first_other
       AND e.first_no = l.delivery_no AND d.disposition = 'duplicate'
)
SELECT o.*, p.delivery_no <> l.delivery_no OR o.row_key IN (
           SELECT a.row_key FROM present a JOIN {table}_history h ON {same_key} AND {same_content}
           WHERE h.delivery_no = o.known_no AND h.source_row = o.known_row) AS unchanged
FROM opened o JOIN present p USING (row_key) CROSS JOIN this_load l;

DELETE FROM row_dispositions WHERE rowid IN (SELECT turn FROM claims);

INSERT INTO row_dispositions
SELECT l.delivery_no, c.source_row, 'stale', 'replaced by another row of the file', c.row_key, l.delivery_no, f.last_row
FROM claims c JOIN in_file f USING (row_key) CROSS JOIN this_load l
WHERE c.turn <> (SELECT max(x.turn) FROM claims x WHERE x.row_key = c.row_key)
UNION ALL
SELECT l.delivery_no, f.opening_row, 'stale', 'replaced by another row of the file', f.row_key, l.delivery_no, f.last_row
FROM in_file f CROSS JOIN this_load l WHERE f.opening_row IS NOT NULL
UNION ALL
SELECT l.delivery_no, f.last_row, CASE WHEN f.unchanged THEN 'duplicate' ELSE 'restating' END,
       CASE WHEN f.unchanged THEN 'same as the held row' ELSE 'replaces the held row' END,
       f.row_key, f.known_no, f.known_row
FROM in_file f CROSS JOIN this_load l WHERE f.opening_row IS NULL;
