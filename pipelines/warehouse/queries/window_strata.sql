-- mart_strata of some days as additive counts, by day: what a like-for-like comparison is made of.
SELECT * FROM mart_strata WHERE local_date BETWEEN $first_day AND $last_day
