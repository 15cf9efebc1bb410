-- Stated durations beside the clock of the same contacts, by vendor and day.
SELECT vendor_code AS vendor, local_date, duration, contacts, stated_s, clock_s, thousandth, sixtieth, sixtyfold,
    thousandfold
FROM mart_clocked
ORDER BY vendor, duration, local_date
