-- The service-level clause in force for each queue on each day asked for: that of the queue itself goes before that of
-- all queues; of several, the first one of the terms.
CREATE OR REPLACE TEMP TABLE clause_days AS
SELECT
    k.vendor_code, k.queue_code, k.local_date, coalesce(t.interval_min, 30)::INTEGER AS interval_min,
    c.clause_id, c.threshold_s, c.inclusive, c.clock_start, c.short_abandon_s
FROM (SELECT DISTINCT vendor_code, queue_code, local_date FROM scope_contacts) k
LEFT JOIN terms t
    ON t.vendor_code = k.vendor_code AND k.local_date BETWEEN t.valid_from AND coalesce(t.valid_to, DATE '9999-12-31')
LEFT JOIN clauses c
    ON c.vendor_code = k.vendor_code AND c.metric = 'service_level' AND c.queue_code IN (k.queue_code, '*')
   AND k.local_date BETWEEN c.valid_from AND coalesce(c.valid_to, DATE '9999-12-31')
QUALIFY row_number() OVER (
    PARTITION BY k.vendor_code, k.queue_code, k.local_date
    ORDER BY t.valid_from DESC NULLS LAST, c.queue_code = k.queue_code DESC NULLS LAST, c.clause_no NULLS LAST) = 1;
