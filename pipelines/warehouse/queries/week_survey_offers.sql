-- Surveys offered and delivered by vendor, queue and week (its Monday), where the sender counts them.
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week, survey_type,
    sum(offered)::BIGINT AS offered, sum(delivered)::BIGINT AS delivered
FROM mart_survey_offer
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
