-- Survey scores by vendor, queue and week (its Monday).
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week, survey_type, question_code, scale_min,
    scale_max, status, excluded, score_raw, sum(n)::BIGINT AS n, sum(responses)::BIGINT AS responses
FROM mart_survey
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
