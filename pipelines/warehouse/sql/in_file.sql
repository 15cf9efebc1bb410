-- Rows of this delivery that replaced other rows of this same delivery (a key that comes several times in a file):
-- the one that holds in the end takes over what the first of them was, the others are stale.
CREATE OR REPLACE TEMP TABLE in_file AS
SELECT d.row_key, d.source_row, d.other_source_row
FROM row_dispositions d CROSS JOIN this_load l
WHERE d.delivery_no = l.delivery_no AND d.other_delivery_no = l.delivery_no AND d.disposition = 'restating';

CREATE OR REPLACE TEMP TABLE in_file_ends AS
SELECT f.row_key,
       any_value(f.other_source_row) FILTER (WHERE f.other_source_row NOT IN
           (SELECT x.source_row FROM in_file x WHERE x.row_key = f.row_key)) AS first_row,
       any_value(f.source_row) FILTER (WHERE f.source_row NOT IN
           (SELECT x.other_source_row FROM in_file x WHERE x.row_key = f.row_key)) AS last_row
FROM in_file f GROUP BY f.row_key;

CREATE OR REPLACE TEMP TABLE in_file_first AS
SELECT e.row_key, e.first_row, e.last_row, d.other_delivery_no, d.other_source_row, d.delivery_no IS NOT NULL AS restated
FROM in_file_ends e CROSS JOIN this_load l
LEFT JOIN row_dispositions d
    ON d.delivery_no = l.delivery_no AND d.row_key = e.row_key AND d.source_row = e.first_row
   AND d.disposition = 'restating';

DELETE FROM row_dispositions
WHERE delivery_no = (SELECT delivery_no FROM this_load) AND disposition = 'restating'
  AND row_key IN (SELECT row_key FROM in_file_first);

INSERT INTO row_dispositions
SELECT l.delivery_no, f.first_row, 'stale', 'replaced by another row of the file', f.row_key, l.delivery_no, f.last_row
FROM in_file_first f CROSS JOIN this_load l
UNION ALL
SELECT l.delivery_no, i.source_row, 'stale', 'replaced by another row of the file', i.row_key, l.delivery_no, f.last_row
FROM in_file i JOIN in_file_first f USING (row_key) CROSS JOIN this_load l WHERE i.source_row <> f.last_row
UNION ALL
SELECT l.delivery_no, f.last_row, 'restating', 'replaces the held row', f.row_key, f.other_delivery_no, f.other_source_row
FROM in_file_first f CROSS JOIN this_load l WHERE f.restated;
