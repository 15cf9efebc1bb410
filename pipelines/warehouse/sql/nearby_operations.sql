-- Vendor, site, queue and channel behind one number, and until when their contacts are known.
CREATE OR REPLACE TEMP TABLE nearby_operations AS
SELECT hash(o.vendor_code, o.site_code, o.queue_code, o.channel) AS operation, o.*, epoch_us(e.ends_at) AS ends_us
FROM (SELECT DISTINCT vendor_code, site_code, queue_code, channel FROM mart_interval) o
JOIN repeat_end e USING (vendor_code);
