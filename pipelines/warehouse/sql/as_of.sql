-- The rows of one table as they were known at an instant: current rows that were known by then, and rows that
-- have been replaced since.
CREATE OR REPLACE MACRO {table}_as_of(instant) AS TABLE
SELECT {columns}, delivery_no, source_row
FROM {table}
WHERE known_from <= instant
UNION ALL
SELECT {columns}, delivery_no, source_row
FROM {table}_history
WHERE known_from <= instant AND instant < known_to;
