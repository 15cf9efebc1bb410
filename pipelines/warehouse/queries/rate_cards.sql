SELECT * FROM rate_cards ORDER BY vendor_code, queue_code, valid_from
