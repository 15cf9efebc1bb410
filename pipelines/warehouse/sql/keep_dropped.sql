INSERT INTO row_dispositions
SELECT l.delivery_no, d.source_row, 'dropped', d.rule, NULL, NULL, NULL FROM batch d CROSS JOIN this_load l;
