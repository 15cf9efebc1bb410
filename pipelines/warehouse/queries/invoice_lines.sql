-- Invoiced lines of one vendor with the file that brought each.
SELECT
    i.invoice_id, i.line_id, i.period_start, i.period_end, i.queue_code AS queue, i.unit, i.quantity, i.unit_amount,
    i.amount, i.currency, d.delivery_id, d.file_name
FROM invoices i
JOIN deliveries d USING (delivery_no)
WHERE i.vendor_code = $vendor
ORDER BY i.period_start, i.invoice_id, i.line_id
