-- Every version of one contact's row that has been held: the file and row it came in, since when and until when it
-- counted (null: it counts now), and what it said of the outcome and the times.
WITH versions AS (
    SELECT outcome, wait_s, talk_s, hold_s, acw_s, delivery_no, source_row, known_from, NULL::TIMESTAMPTZ AS known_to
    FROM contacts
    WHERE vendor_code = $vendor AND leg_id = $leg AND local_date BETWEEN $first_day AND $last_day
    UNION ALL BY NAME
    SELECT outcome, wait_s, talk_s, hold_s, acw_s, delivery_no, source_row, known_from, known_to
    FROM contacts_history
    WHERE vendor_code = $vendor AND leg_id = $leg
)
SELECT v.*, d.file_name, d.delivery_id, d.received_at
FROM versions v
LEFT JOIN deliveries d USING (delivery_no)
ORDER BY known_to NULLS LAST, known_from, source_row
