-- A changed mapping took the same file in again: keys of the earlier version that the new one no longer yields.
-- Telling the story of a key again is harmless, so a few too many do not matter.
CREATE OR REPLACE TEMP TABLE contested AS
WITH earlier AS (
    SELECT {row_key} AS row_key, key_hash FROM {table} WHERE delivery_no = $earlier
    UNION
    SELECT {row_key}, key_hash FROM {table}_history WHERE delivery_no = $earlier
    UNION
    SELECT d.row_key, t.key_hash
    FROM row_dispositions d
    JOIN {table} t ON {row_key} = d.row_key
    WHERE d.delivery_no = $earlier AND d.disposition = 'duplicate'
),
now AS (
    SELECT key_hash FROM {table} WHERE delivery_no = $current
    UNION ALL
    SELECT key_hash FROM {table}_history WHERE delivery_no = $current
)
SELECT row_key, key_hash FROM earlier
WHERE key_hash NOT IN (SELECT key_hash FROM now)
  AND row_key NOT IN (SELECT row_key FROM row_dispositions WHERE delivery_no = $current AND row_key IS NOT NULL);
