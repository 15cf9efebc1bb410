-- By vendor, queue and open day: intervals and contacts to be expected, and those of them that lie in a gap.
SELECT * FROM expected_days
WHERE local_date BETWEEN $first_day AND $last_day
ORDER BY vendor, queue, local_date
