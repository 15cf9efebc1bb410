-- Sums of one vendor by queue and day: contacts (or counts of them), staffed time and surveys.
-- In-threshold counts are null on a day of which no clause covers some contacts: not known is not zero.
WITH contacts AS (
    SELECT
        queue_code, local_date,
        sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned,
        sum(abandoned_ivr)::BIGINT AS abandoned_ivr, sum(flow_outs)::BIGINT AS flow_outs,
        sum(callbacks)::BIGINT AS callbacks, sum(voicemail)::BIGINT AS voicemail, sum(closed)::BIGINT AS closed,
        sum(blocked)::BIGINT AS blocked, sum(errors)::BIGINT AS errors,
        CASE WHEN sum(offered_without_clause) = 0 THEN sum(answered_in_threshold)::BIGINT END AS answered_in_threshold,
        CASE WHEN sum(offered_without_clause) = 0 THEN sum(abandoned_in_threshold)::BIGINT END AS abandoned_in_threshold,
        CASE WHEN sum(offered_without_clause) = 0 THEN sum(short_abandoned)::BIGINT END AS short_abandoned,
        CASE WHEN sum(offered_without_clause) = 0 THEN sum(callbacks_in_threshold)::BIGINT END AS callbacks_in_threshold,
        sum(wait_answered_s) AS wait_answered_s, sum(waits_known_answered)::BIGINT AS waits_known_answered,
        sum(waits_known)::BIGINT AS waits_known,
        sum(ring_s) AS ring_s, sum(talk_s) AS talk_s, sum(hold_s) AS hold_s, sum(acw_s) AS acw_s,
        sum(talk_known)::BIGINT AS talk_known, sum(handle_known)::BIGINT AS handle_known, sum(hold_known)::BIGINT AS hold_known,
        sum(acw_known)::BIGINT AS acw_known, sum(handle_s) AS handle_s,
        sum(transferred)::BIGINT AS transferred, sum(transfer_known)::BIGINT AS transfer_known
    FROM mart_day
    WHERE vendor_code = $vendor
    GROUP BY ALL
),
staffing AS (
    SELECT queue_code, local_date, sum(logged_s) AS logged_s
    FROM mart_staffing
    WHERE vendor_code = $vendor
    GROUP BY ALL
),
scores AS (
    SELECT
        queue_code, local_date, survey_type, question_code,
        sum(responses)::BIGINT AS sent,
        coalesce(sum(responses) FILTER (scored), 0)::BIGINT AS replied,
        coalesce(sum(n) FILTER (scored), 0)::BIGINT AS scored,
        coalesce(sum(n) FILTER (scored AND score_raw > scale_max - 1), 0)::BIGINT AS top1,
        coalesce(sum(n) FILTER (scored AND score_raw > scale_max - 2), 0)::BIGINT AS top2,
        coalesce(sum(n) FILTER (scored AND 2 * score_raw = scale_min + scale_max), 0)::BIGINT AS neutral,
        coalesce(sum(n * score_raw) FILTER (scored), 0) AS total,
        coalesce(sum(n) FILTER (scored AND score_raw <= 6), 0)::BIGINT AS detractors
    FROM (SELECT *, score_raw IS NOT NULL AND NOT excluded AS scored FROM mart_survey WHERE vendor_code = $vendor)
    GROUP BY ALL
),
surveys AS (
    SELECT
        queue_code, local_date, sum(sent)::BIGINT AS surveys_sent, sum(replied)::BIGINT AS surveys_answered,
        sum(scored) FILTER (survey_type = 'csat')::BIGINT AS csat_scored,
        sum(top1) FILTER (survey_type = 'csat')::BIGINT AS csat_top1,
        sum(top2) FILTER (survey_type = 'csat')::BIGINT AS csat_top2,
        sum(neutral) FILTER (survey_type = 'csat')::BIGINT AS csat_neutral,
        sum(total) FILTER (survey_type = 'csat') AS csat_sum,
        sum(scored) FILTER (survey_type = 'nps')::BIGINT AS nps_scored,
        sum(top2) FILTER (survey_type = 'nps')::BIGINT AS promoters,
        sum(detractors) FILTER (survey_type = 'nps')::BIGINT AS detractors
    FROM scores
    GROUP BY ALL
)
SELECT * RENAME (queue_code AS queue)
FROM contacts
FULL JOIN staffing USING (queue_code, local_date)
FULL JOIN surveys USING (queue_code, local_date)
WHERE queue_code IS NOT NULL AND local_date IS NOT NULL
ORDER BY queue, local_date
