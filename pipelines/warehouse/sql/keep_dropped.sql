INSERT INTO row_dispositions
SELECT d.delivery_no, d.source_row, 'dropped', d.rule, NULL, NULL, NULL FROM batch d;
