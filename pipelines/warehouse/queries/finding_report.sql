-- Reported figures of one vendor and period, of one metric and queue or all, with the cell that each stood in.
SELECT
    r.queue_scope AS queue, r.local_date, r.metric, r.value, r.unit, r.denominator, r.label_as_printed, r.cell_ref,
    d.file_name, r.source_row
FROM mart_report r JOIN deliveries d USING (delivery_no)
WHERE r.vendor_code = $vendor AND r.local_date BETWEEN $first_day AND $last_day
  AND ($metric IS NULL OR r.metric = $metric) AND ($queue IS NULL OR r.queue_scope = $queue)
ORDER BY r.local_date, queue, r.metric
LIMIT $most
