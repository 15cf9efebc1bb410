-- By operation and day, what to add to the minute of its own clock to have that of the client's. Taken once a day, at
-- its last contact (so after the hour at which clocks change): converting every instant would cost more than the rest.
CREATE OR REPLACE TEMP TABLE strata_days AS
SELECT
    vendor_code, local_date,
    60 * hour(timezone(zone, last_at)) + minute(timezone(zone, last_at)) - at_minute AS shift_min
FROM (
    SELECT vendor_code, local_date, max(queued_at) AS last_at, arg_max(local_minute, queued_at) AS at_minute
    FROM contacts
    WHERE local_date BETWEEN $first_day::DATE AND $last_day::DATE
    GROUP BY vendor_code, local_date
) CROSS JOIN company_clock;
