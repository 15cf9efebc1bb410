SELECT * FROM sites ORDER BY site_code
