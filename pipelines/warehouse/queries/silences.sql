-- Stretches of opening time without any contact that chance does not explain, as the findings of the version tell them:
-- evidence names from, to and the queues.
SELECT vendor, evidence
FROM findings
WHERE kind IN ('missing_day', 'missing_interval') AND closed_at IS NULL
  AND period_start <= $last_day AND period_end >= $first_day
ORDER BY vendor, period_start
