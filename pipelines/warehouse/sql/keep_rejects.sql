INSERT INTO rejects
SELECT r.delivery_no, r.source_row, r.line, r."column", r.raw_value, r.reason FROM batch r;

INSERT INTO row_dispositions
SELECT r.delivery_no, r.source_row, 'rejected', min(r."column" || ': ' || r.reason), NULL, NULL, NULL
FROM batch r GROUP BY r.delivery_no, r.source_row;
