-- Contested keys: the whole story of each key is told again from everything that was ever observed of it, so that
-- the result does not depend on the order in which deliveries were loaded.
--
-- observations: every row of the key that any delivery brought, with the time in which that delivery counts
CREATE OR REPLACE TEMP TABLE old_current AS
SELECT t.rowid AS old_row, {columns}, delivery_no, source_row, {row_key} AS row_key
FROM {table} t
WHERE key_hash IN (SELECT key_hash FROM contested) AND {row_key} IN (SELECT row_key FROM contested);

CREATE OR REPLACE TEMP TABLE old_history AS
SELECT t.rowid AS old_row, {columns}, delivery_no, source_row, {row_key} AS row_key
FROM {table}_history t
WHERE key_hash IN (SELECT key_hash FROM contested) AND {row_key} IN (SELECT row_key FROM contested);

CREATE OR REPLACE TEMP TABLE observations AS
WITH stored AS (
    SELECT * EXCLUDE (old_row) FROM old_current
    UNION
    SELECT * EXCLUDE (old_row) FROM old_history
),
confirming AS (
    SELECT d.delivery_no, d.source_row, d.row_key, d.other_delivery_no, d.other_source_row
    FROM row_dispositions d
    WHERE d.disposition = 'duplicate' AND d.delivery_no <> d.other_delivery_no
      AND d.row_key IN (SELECT row_key FROM contested)
),
confirmed AS (
    SELECT s.* REPLACE (c.delivery_no AS delivery_no, c.source_row AS source_row)
    FROM confirming c
    JOIN stored s ON s.row_key = c.row_key AND s.delivery_no = c.other_delivery_no AND s.source_row = c.other_source_row
    ANTI JOIN stored x ON x.row_key = c.row_key AND x.delivery_no = c.delivery_no AND x.source_row = c.source_row
),
seen AS (
    SELECT *, 'stored' AS origin FROM stored
    UNION ALL
    SELECT DISTINCT *, 'confirmed' AS origin FROM confirmed
    UNION ALL
    SELECT {columns}, delivery_no, source_row, row_key, 'arriving' AS origin
    FROM arrivals WHERE row_key IN (SELECT row_key FROM contested)
)
SELECT row_number() OVER () AS observation,
       dense_rank() OVER (PARTITION BY row_key ORDER BY {content}) AS content_no,
       {latest} AS latest, d.received_at, d.file_name, d.sha256, d.mapping_id,
       d.seen_from, d.seen_to, seen.*
FROM seen
JOIN (
    SELECT delivery_no, latest_by, received_at, file_name, sha256, mapping_id, known_from AS seen_from,
           superseded_at AS seen_to
    FROM deliveries
) d USING (delivery_no);

-- chain: which observation held, from when to when. At every instant the one of highest precedence among those
-- known by then holds: newest by the mapping's own column, then by reception, then by file name. Rows that
-- contradict each other inside one file are decided by their content, so that the order of lines does not matter.
CREATE OR REPLACE TEMP TABLE chain AS
WITH instants AS (
    SELECT row_key, seen_from AS instant FROM observations
    UNION
    SELECT row_key, seen_to FROM observations WHERE seen_to IS NOT NULL
),
points AS (
    SELECT i.row_key, i.instant, o.observation, o.content_no
    FROM instants i
    LEFT JOIN observations o
        ON o.row_key = i.row_key AND o.seen_from <= i.instant AND (o.seen_to IS NULL OR o.seen_to > i.instant)
    QUALIFY row_number() OVER (
        PARTITION BY i.row_key, i.instant
        ORDER BY o.latest DESC NULLS LAST, o.received_at DESC, o.file_name DESC, o.sha256 DESC, o.mapping_id DESC,
                 o.content_no DESC, o.source_row, o.observation) = 1
),
runs AS (
    SELECT *,
           row_number() OVER story = 1 OR content_no IS DISTINCT FROM lag(content_no) OVER story AS starts
    FROM points WINDOW story AS (PARTITION BY row_key ORDER BY instant)
)
SELECT row_key, observation, instant AS known_from,
       lead(instant) OVER (PARTITION BY row_key ORDER BY instant) AS known_to
FROM runs WHERE starts
QUALIFY observation IS NOT NULL;

-- What happened to each arriving row, against what was held before it came.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT a.source_row, a.row_key, a.observation, f.source_row AS same_row,
       coalesce(k.delivery_no, h.delivery_no) AS held_delivery_no,
       CASE WHEN k.row_key IS NULL THEN h.source_row ELSE k.source_row END AS held_source_row,
       CASE
           WHEN h.content_no = a.content_no OR f.source_row IS NOT NULL THEN 'duplicate'
           WHEN n.content_no = a.content_no AND h.observation IS NULL THEN 'loaded'
           WHEN n.content_no = a.content_no THEN 'restating'
           WHEN k.row_key IS NOT NULL THEN 'duplicate'
           ELSE 'stale'
       END AS disposition
FROM observations a
LEFT JOIN (
    SELECT o.row_key, o.content_no FROM chain c JOIN observations o USING (observation) WHERE c.known_to IS NULL
) n ON n.row_key = a.row_key
LEFT JOIN (
    SELECT o.* FROM observations o
    SEMI JOIN old_current k ON k.row_key = o.row_key AND k.delivery_no = o.delivery_no AND k.source_row = o.source_row
    WHERE o.origin = 'stored'
    QUALIFY row_number() OVER (PARTITION BY o.row_key ORDER BY o.content_no DESC) = 1
) h ON h.row_key = a.row_key
LEFT JOIN (
    SELECT o.row_key, o.content_no, min(o.source_row) AS source_row
    FROM observations o JOIN this_load l ON l.delivery_no = o.delivery_no
    WHERE o.origin = 'stored' GROUP BY ALL
) f ON f.row_key = a.row_key AND f.content_no = a.content_no
LEFT JOIN (
    -- what was held before this delivery, where an earlier batch of it has replaced that already
    SELECT d.row_key, o.content_no, o.delivery_no, o.source_row
    FROM row_dispositions d
    JOIN this_load l ON l.delivery_no = d.delivery_no AND d.other_delivery_no <> l.delivery_no
    JOIN observations o
        ON o.row_key = d.row_key AND o.delivery_no = d.other_delivery_no AND o.source_row = d.other_source_row
       AND o.origin = 'stored'
    WHERE d.disposition = 'restating'
    QUALIFY row_number() OVER (PARTITION BY d.row_key ORDER BY d.rowid) = 1
) k ON k.row_key = a.row_key AND k.content_no = a.content_no
WHERE a.origin = 'arriving';

INSERT INTO row_dispositions
SELECT l.delivery_no, j.source_row, j.disposition,
       CASE j.disposition
           WHEN 'duplicate' THEN CASE WHEN j.same_row IS NULL
               THEN 'same as the held row' ELSE 'same as another row of the file' END
           WHEN 'restating' THEN 'replaces the held row'
           WHEN 'stale' THEN CASE WHEN j.held_delivery_no IS NULL
               THEN 'contradicted by another row of the file' ELSE 'older than the held row' END
       END,
       j.row_key, CASE WHEN j.same_row IS NULL THEN j.held_delivery_no ELSE l.delivery_no END,
       coalesce(j.same_row, j.held_source_row)
FROM judged j CROSS JOIN this_load l WHERE j.disposition <> 'loaded';

INSERT INTO stale_days
SELECT DISTINCT '{table}', vendor_code, {day} FROM old_current
UNION
SELECT DISTINCT '{table}', o.vendor_code, o.{day}
FROM chain c JOIN observations o USING (observation) WHERE c.known_to IS NULL;

-- Rows that were there before this transaction apart from its own, whose numbers begin at 36028797018960000: where one
-- statement deletes both kinds, DuckDB 2.0 now and then leaves one of them.
DELETE FROM {table} WHERE rowid IN (SELECT old_row FROM old_current WHERE old_row < 36028797018960000);
DELETE FROM {table} WHERE rowid IN (SELECT old_row FROM old_current WHERE old_row >= 36028797018960000);
DELETE FROM {table}_history WHERE rowid IN (SELECT old_row FROM old_history WHERE old_row < 36028797018960000);
DELETE FROM {table}_history WHERE rowid IN (SELECT old_row FROM old_history WHERE old_row >= 36028797018960000);

INSERT INTO {table} ({columns}, delivery_no, source_row, known_from, key_hash)
SELECT {columns}, delivery_no, source_row, c.known_from, {key_hash}
FROM chain c JOIN observations o USING (observation) WHERE c.known_to IS NULL;

-- Observations that hold at no time (they came late, were contradicted, or only say again what held) are kept with an
-- empty time: another delivery or a change of mapping may give them their turn. Plain duplicates need no row of their
-- own: their disposition points to the row that they repeat.
INSERT INTO {table}_history ({columns}, delivery_no, source_row, known_from, key_hash, known_to)
SELECT {columns}, delivery_no, source_row, c.known_from, {key_hash}, c.known_to
FROM chain c JOIN observations o USING (observation) WHERE c.known_to IS NOT NULL
UNION ALL
SELECT {columns}, delivery_no, source_row, seen_from, {key_hash}, seen_from
FROM observations o
WHERE observation NOT IN (SELECT observation FROM chain)
  AND (origin = 'stored' OR observation IN (SELECT observation FROM judged WHERE disposition <> 'duplicate'));
