-- What claims.sql began: each key that won several times in one delivery is settled as one change.
--
-- opening_row: the row of this delivery that the first claim replaced, if it was one of this delivery: it was plainly
-- loaded (the key was new), and now the last claim stands in its place.
-- known_no, known_row: what was held before the delivery; a claim that says the same is a duplicate of it. Which
-- delivery's row holds now says nothing about that: the file may have brought back what an older one had said.
CREATE OR REPLACE TEMP TABLE told AS
WITH stored AS (
    SELECT {columns}, {row_key} AS row_key, delivery_no, source_row FROM {table}
    WHERE {row_key} IN (SELECT row_key FROM claims)
    UNION ALL
    SELECT {columns}, {row_key}, delivery_no, source_row FROM {table}_history
    WHERE {row_key} IN (SELECT row_key FROM claims)
),
ends AS (
    SELECT row_key, max(turn) AS last_turn, arg_max(source_row, turn) AS last_row,
           arg_min(other_delivery_no, turn) AS first_no, arg_min(other_source_row, turn) AS first_other
    FROM claims GROUP BY row_key
),
opened AS (
    SELECT e.row_key, e.last_turn, e.last_row,
           CASE WHEN e.first_no = l.delivery_no AND d.row_key IS NULL THEN e.first_other END AS opening_row,
           CASE WHEN e.first_no <> l.delivery_no THEN e.first_no ELSE d.other_delivery_no END AS known_no,
           CASE WHEN e.first_no <> l.delivery_no THEN e.first_other ELSE d.other_source_row END AS known_row
    FROM ends e
    CROSS JOIN this_load l
    LEFT JOIN row_dispositions d
        ON d.delivery_no = l.delivery_no AND d.row_key = e.row_key AND d.source_row = e.first_other
       AND e.first_no = l.delivery_no AND d.disposition = 'duplicate'
),
repeats AS (
    SELECT DISTINCT c.turn
    FROM claims c
    CROSS JOIN this_load l
    JOIN opened o USING (row_key)
    JOIN stored a ON a.row_key = c.row_key AND a.delivery_no = l.delivery_no AND a.source_row = c.source_row
    JOIN stored h ON h.row_key = c.row_key AND h.delivery_no = o.known_no AND h.source_row = o.known_row
    WHERE {same_content}
)
SELECT c.source_row,
       CASE WHEN r.turn IS NOT NULL THEN 'duplicate' WHEN c.turn = o.last_turn THEN 'restating' ELSE 'stale' END
           AS disposition,
       CASE WHEN r.turn IS NOT NULL THEN 'same as the held row'
            WHEN c.turn = o.last_turn THEN 'replaces the held row'
            ELSE 'replaced by another row of the file' END AS reason,
       c.row_key,
       CASE WHEN r.turn IS NULL AND c.turn <> o.last_turn THEN l.delivery_no ELSE o.known_no END AS other_delivery_no,
       CASE WHEN r.turn IS NULL AND c.turn <> o.last_turn THEN o.last_row ELSE o.known_row END AS other_source_row
FROM claims c
CROSS JOIN this_load l
JOIN opened o USING (row_key)
LEFT JOIN repeats r USING (turn)
WHERE o.opening_row IS NULL OR c.turn <> o.last_turn
UNION ALL
SELECT o.opening_row, 'stale', 'replaced by another row of the file', o.row_key, l.delivery_no, o.last_row
FROM opened o CROSS JOIN this_load l WHERE o.opening_row IS NOT NULL;

DELETE FROM row_dispositions WHERE rowid IN (SELECT turn FROM claims);

INSERT INTO row_dispositions
SELECT l.delivery_no, t.source_row, t.disposition, t.reason, t.row_key, t.other_delivery_no, t.other_source_row
FROM told t CROSS JOIN this_load l;
