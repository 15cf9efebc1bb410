-- Grain: vendor x site x queue x day x survey type x question x scale x status x excluded x score.
--
-- Every score with how often it was given, so that any top-box share, mean or NPS can be computed later. Excluded and
-- unanswered surveys keep their own lines: what a sender leaves out of its score is itself a figure.
-- `responses` counts each survey once, whatever the number of its questions: on a line of an answer, if it has one.
WITH told AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY vendor_code, source_system, response_id ORDER BY score_raw IS NULL, question_code
        ) = 1 AS leads
    FROM scope_surveys
)
SELECT
    vendor_code, site_code, queue_code, local_date, survey_type, question_code, scale_min, scale_max, status,
    coalesce(excluded, false) AS excluded, score_raw, count(*) AS n, count(*) FILTER (leads) AS responses
FROM told
GROUP BY ALL
