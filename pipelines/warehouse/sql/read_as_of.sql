SELECT t.*, d.delivery_id FROM {table}_as_of($instant::TIMESTAMPTZ) t JOIN deliveries d USING (delivery_no)
WHERE $vendor IS NULL OR t.vendor_code = $vendor
