-- The results of the last run of every check: pass, fail, or error (a check that could not be carried out).
SELECT * FROM check_results ORDER BY source, suite, check_id
