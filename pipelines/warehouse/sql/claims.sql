-- A key that comes several times in one delivery is one thing that changed once: against what was held before the
-- delivery. The row that won last stands for it, the other winners on the way are stale.
--
-- claims: rows of this delivery that replaced a held row, in the order in which they did
CREATE OR REPLACE TEMP TABLE claims AS
SELECT d.rowid AS turn, d.row_key, d.source_row, d.other_delivery_no, d.other_source_row
FROM row_dispositions d JOIN this_load l ON l.delivery_no = d.delivery_no
WHERE d.disposition = 'restating'
QUALIFY count(*) OVER (PARTITION BY d.row_key) > 1
     OR bool_or(d.other_delivery_no = l.delivery_no) OVER (PARTITION BY d.row_key);
