-- Grain: vendor x queue x day x survey type.
--
-- How many surveys were offered and delivered, where the sender counts them instead of sending every one.
SELECT
    vendor_code, queue_code, local_date, survey_type, sum(offered)::BIGINT AS offered, sum(delivered)::BIGINT AS delivered
FROM scope_survey_offers
GROUP BY ALL
