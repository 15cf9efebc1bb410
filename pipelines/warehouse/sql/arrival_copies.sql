-- Exact copies inside the batch: the first stays, the others repeat it.
CREATE OR REPLACE TEMP TABLE copies AS
SELECT rowid AS arrival, source_row,
       first_value(source_row) OVER same AS first_row,
       row_number() OVER same AS copy_no,
       row_key
FROM arrivals
WHERE rows_of_key > 1
WINDOW same AS (PARTITION BY row_key, {content} ORDER BY source_row, rowid);

INSERT INTO row_dispositions
SELECT l.delivery_no, source_row, 'duplicate', 'same as another row of the file', row_key, l.delivery_no, first_row
FROM copies CROSS JOIN this_load l WHERE copy_no > 1;

DELETE FROM arrivals WHERE rowid IN (SELECT arrival FROM copies WHERE copy_no > 1);
