-- What one vendor reported, figure by figure, with the delivery that brought it.
SELECT
    r.queue_scope AS queue, r.metric, r.granularity, r.local_date, r.period_start_at, r.period_end_at, r.value, r.unit,
    r.decimals, r.printed_scale, r.definition_id AS claimed, r.label_as_printed, r.cell_ref, r.source_row, d.delivery_id,
    d.delivery_no, d.file_name, d.received_at
FROM mart_report r
JOIN deliveries d USING (delivery_no)
WHERE r.vendor_code = $vendor
ORDER BY r.period_start_at, queue, r.metric, r.granularity, r.source_system, r.source_row
