-- Grain: vendor x site x queue x day x survey type x question x scale x status x excluded x score.
--
-- Every score with how often it was given, so that any top-box share, mean or NPS can be computed later. Excluded and
-- unanswered surveys keep their own lines: what a sender leaves out of its score is itself a figure.
SELECT
    vendor_code, site_code, queue_code, local_date, survey_type, question_code, scale_min, scale_max, status,
    coalesce(excluded, false) AS excluded, score_raw, count(*) AS n
FROM scope_surveys
GROUP BY ALL
