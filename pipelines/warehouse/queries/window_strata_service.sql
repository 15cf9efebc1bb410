-- mart_strata_service of some days as additive counts, by day.
SELECT * FROM mart_strata_service WHERE local_date BETWEEN $first_day AND $last_day
