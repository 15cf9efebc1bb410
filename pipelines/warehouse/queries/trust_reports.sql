-- Every reported figure, with the delivery that brought it.
SELECT
    r.vendor_code AS vendor, r.queue_scope AS queue, r.local_date, r.granularity, r.period_start_at, r.period_end_at,
    r.metric, r.value, r.unit, r.decimals, r.printed_scale, r.denominator, r.definition_id, r.label_as_printed,
    r.cell_ref, r.source_row, d.delivery_id, d.file_name, d.mapping_id
FROM mart_report r JOIN deliveries d USING (delivery_no)
ORDER BY vendor, r.local_date, queue, r.metric, r.granularity
