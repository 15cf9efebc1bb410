-- Grain: vendor x site x queue x channel x language x reason x segment x hour band x day.
--
-- Everything that a like-for-like comparison adds up, by what the client's side knows of a contact before an agent has
-- it. Inbound contacts, the counts as in mart_interval. Surveys and refunds lie on their own day, in the stratum of the
-- contact that they are about (linked within 30 days); without one only their queue is known.
--   language      of the queue where the workspace says it, else of the contact
--   hour_band     three hours of the client's clock: 0 is 00:00 to 03:00, 7 is 21:00 to 24:00
--   *_sq          sums of squares, for the spread of a mean
--   csat_*        best two marks (the best one on scales of fewer than four) of the answers; nps_* on a scale 0 to 10
--   refunded      distinct contacts with a refund (orders where no contact is named); reversals are none
WITH contacts_by_stratum AS (
    SELECT
        c.vendor_code, c.site_code, c.queue_code, c.channel, coalesce(q.language, c.language) AS language, c.reason_code,
        c.segment, hour_band(c.local_minute, k.shift_min) AS hour_band, c.local_date,
        count(*) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')) AS offered,
        count(*) FILTER (outcome = 'answered') AS answered,
        count(*) FILTER (outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold')) AS abandoned,
        count(wait_s) FILTER (outcome = 'answered') AS waits_known,
        sum(wait_s) FILTER (outcome = 'answered') AS wait_s,
        sum(wait_s * wait_s) FILTER (outcome = 'answered') AS wait_sq,
        count(talk_s) FILTER (outcome = 'answered') AS handle_known,
        sum(talk_s + coalesce(hold_s, 0) + coalesce(acw_s, 0)) FILTER (outcome = 'answered') AS handle_s,
        sum((talk_s + coalesce(hold_s, 0) + coalesce(acw_s, 0)) ** 2) FILTER (outcome = 'answered') AS handle_sq,
        count(*) FILTER (outcome = 'answered' AND transfer_out <> 'none') AS transferred,
        count(transfer_out) FILTER (outcome = 'answered') AS transfer_known
    FROM scope_contacts c
    JOIN strata_days k ON k.vendor_code = c.vendor_code AND k.local_date = c.local_date
    LEFT JOIN queues q USING (queue_code)
    WHERE c.direction = 'inbound'
    GROUP BY ALL
),
-- A first contact is one of the contacts counted above, so its stratum is there by name.
repeats AS (
    SELECT
        c.vendor_code, c.site_code, c.queue_code, c.channel, c.language, c.reason_code, c.segment, c.hour_band,
        c.local_date, r.repeat_eligible, r.repeated
    FROM contacts_by_stratum c
    JOIN mart_repeat r
        ON r.vendor_code = c.vendor_code AND r.site_code IS NOT DISTINCT FROM c.site_code
       AND r.queue_code = c.queue_code AND r.channel = c.channel AND r.local_date = c.local_date
       AND r.stratum = hash(c.language, c.reason_code, c.segment, c.hour_band)
),
days AS (SELECT min(local_date) AS first_day, max(local_date) AS last_day FROM scope_days),
-- One line per contact that a survey or a refund of these days names.
named AS (
    SELECT
        c.vendor_code, c.leg_id, any_value(c.site_code ORDER BY c.source_system) AS site_code,
        any_value(c.queue_code ORDER BY c.source_system) AS queue_code,
        any_value(c.channel ORDER BY c.source_system) AS channel,
        any_value(coalesce(q.language, c.language) ORDER BY c.source_system) AS language,
        any_value(c.reason_code ORDER BY c.source_system) AS reason_code,
        any_value(c.segment ORDER BY c.source_system) AS segment,
        any_value(hour_band(c.local_minute, k.shift_min) ORDER BY c.source_system) AS hour_band,
        any_value(c.local_date ORDER BY c.source_system) AS contact_date
    FROM contacts c
    SEMI JOIN (
        SELECT vendor_code, leg_id FROM scope_surveys UNION SELECT vendor_code, leg_id FROM scope_refunds
    ) n ON n.vendor_code = c.vendor_code AND n.leg_id = c.leg_id
    JOIN strata_days k ON k.vendor_code = c.vendor_code AND k.local_date = c.local_date
    LEFT JOIN queues q USING (queue_code)
    CROSS JOIN days
    WHERE c.local_date BETWEEN days.first_day - 30 AND days.last_day
    GROUP BY c.vendor_code, c.leg_id
),
answers AS (
    SELECT
        s.vendor_code, coalesce(c.site_code, s.site_code) AS site_code, coalesce(c.queue_code, s.queue_code) AS queue_code,
        coalesce(c.channel, q.channel) AS channel, coalesce(c.language, q.language) AS language, c.reason_code, c.segment,
        c.hour_band, s.local_date,
        count(*) FILTER (survey_type = 'csat') AS csat_answers,
        count(*) FILTER (
            survey_type = 'csat'
            AND score_raw > scale_max - CASE WHEN scale_max - scale_min + 1 < 4 THEN 1 ELSE 2 END) AS csat_satisfied,
        count(*) FILTER (is_nps AND score_raw >= 9) AS nps_promoters,
        count(*) FILTER (is_nps AND score_raw > 6 AND score_raw < 9) AS nps_passives,
        count(*) FILTER (is_nps AND score_raw <= 6) AS nps_detractors
    FROM (
        SELECT *, survey_type = 'nps' AND scale_min = 0 AND scale_max = 10 AS is_nps
        FROM scope_surveys WHERE score_raw IS NOT NULL AND survey_type IN ('csat', 'nps')
    ) s
    LEFT JOIN named c ON c.vendor_code = s.vendor_code AND c.leg_id = s.leg_id
     AND c.contact_date BETWEEN s.local_date - 30 AND s.local_date
    LEFT JOIN queues q ON q.queue_code = s.queue_code
    GROUP BY ALL
),
money_back AS (
    SELECT
        r.vendor_code, c.site_code, coalesce(c.queue_code, r.queue_code) AS queue_code,
        coalesce(c.channel, q.channel) AS channel, coalesce(c.language, q.language) AS language, c.reason_code, c.segment,
        c.hour_band, r.local_date, count(DISTINCT coalesce(r.leg_id, r.order_ref)) AS refunded
    FROM scope_refunds r
    LEFT JOIN named c ON c.vendor_code = r.vendor_code AND c.leg_id = r.leg_id
     AND c.contact_date BETWEEN r.local_date - 30 AND r.local_date
    LEFT JOIN queues q ON q.queue_code = r.queue_code
    WHERE r.kind <> 'reversal'
    GROUP BY ALL
),
parts AS (
    SELECT * FROM contacts_by_stratum
    UNION ALL BY NAME SELECT * FROM repeats
    UNION ALL BY NAME SELECT * FROM answers
    UNION ALL BY NAME SELECT * FROM money_back
)
SELECT
    vendor_code, site_code, queue_code, channel, language, reason_code, segment, hour_band, local_date,
    coalesce(sum(offered), 0)::BIGINT AS offered, coalesce(sum(answered), 0)::BIGINT AS answered,
    coalesce(sum(abandoned), 0)::BIGINT AS abandoned, coalesce(sum(waits_known), 0)::BIGINT AS waits_known,
    round(coalesce(sum(wait_s), 0), 3) AS wait_s, round(coalesce(sum(wait_sq), 0), 3) AS wait_sq,
    coalesce(sum(handle_known), 0)::BIGINT AS handle_known,
    round(coalesce(sum(handle_s), 0), 3) AS handle_s, round(coalesce(sum(handle_sq), 0), 3) AS handle_sq,
    coalesce(sum(transferred), 0)::BIGINT AS transferred, coalesce(sum(transfer_known), 0)::BIGINT AS transfer_known,
    coalesce(sum(repeat_eligible), 0)::BIGINT AS repeat_eligible, coalesce(sum(repeated), 0)::BIGINT AS repeated,
    coalesce(sum(csat_answers), 0)::BIGINT AS csat_answers, coalesce(sum(csat_satisfied), 0)::BIGINT AS csat_satisfied,
    coalesce(sum(nps_promoters), 0)::BIGINT AS nps_promoters, coalesce(sum(nps_passives), 0)::BIGINT AS nps_passives,
    coalesce(sum(nps_detractors), 0)::BIGINT AS nps_detractors, coalesce(sum(refunded), 0)::BIGINT AS refunded
FROM parts
GROUP BY ALL
