-- Grain: one reported figure (vendor x queue scope x period x metric), as the vendor printed it.
--
-- Never recomputed and never added up; here so that it is found by day like the other marts.
SELECT
    vendor_code, source_system, queue_scope, local_date, granularity, period_start_at, period_end_at, metric, value,
    unit, decimals, printed_scale, numerator, denominator, definition_id, label_as_printed, cell_ref, delivery_no,
    source_row
FROM scope_sla_reports
