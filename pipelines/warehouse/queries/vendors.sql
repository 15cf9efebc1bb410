SELECT * FROM vendors ORDER BY vendor_code
