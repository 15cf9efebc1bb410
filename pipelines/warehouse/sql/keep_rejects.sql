INSERT INTO rejects
SELECT l.delivery_no, r.source_row, r.line, r."column", r.raw_value, r.reason FROM batch r CROSS JOIN this_load l;

INSERT INTO row_dispositions
SELECT l.delivery_no, r.source_row, 'rejected', min(r."column" || ': ' || r.reason), NULL, NULL, NULL
FROM batch r CROSS JOIN this_load l GROUP BY l.delivery_no, r.source_row;
