-- Queues and days of one vendor on which contacts last longer than they can.
SELECT DISTINCT queue_code AS queue, local_date FROM mart_odd_contact WHERE vendor_code = $vendor AND queue_code IS NOT NULL
