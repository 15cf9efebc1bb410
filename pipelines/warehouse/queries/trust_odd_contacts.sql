-- Contacts whose durations can't be, by vendor, queue and day.
SELECT vendor_code AS vendor, queue_code AS queue, local_date, what, contacts, longest_s, legs
FROM mart_odd_contact
ORDER BY vendor, what, local_date, queue
