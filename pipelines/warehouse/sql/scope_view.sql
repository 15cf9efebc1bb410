-- The rows of one table on the days asked for.
CREATE OR REPLACE TEMP VIEW scope_{table} AS
SELECT t.* FROM {table} t
SEMI JOIN scope_days s ON s.vendor_code = t.vendor_code AND s.local_date = t.local_date;
