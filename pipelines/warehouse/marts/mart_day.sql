-- Grain: vendor x site x queue x channel x day x what was delivered (grain: 'contact' or 'count').
--
-- The sums of mart_interval, with repeat contacts beside them. Where a vendor has sent no contacts for a queue on a
-- day but counts of them (contact_counts of an interval, an hour or a day), those are here with grain 'count': a
-- source of volume, of waits and of talk time as far as stated, and of nothing else. Counts of whole weeks or months
-- belong to no day and stay in contact_counts. offered_without_clause says how many contacts no service-level clause
-- covers: their *_in_threshold are not known; talk_known over how many answered contacts talk_s is summed: counts may
-- state it, but nothing else of handle_s.
WITH contacts AS (
    SELECT
        i.vendor_code, i.site_code, i.queue_code, i.channel, i.local_date,
        sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned,
        sum(abandoned_ivr)::BIGINT AS abandoned_ivr, sum(flow_outs)::BIGINT AS flow_outs,
        sum(callbacks)::BIGINT AS callbacks, sum(voicemail)::BIGINT AS voicemail, sum(closed)::BIGINT AS closed,
        sum(blocked)::BIGINT AS blocked, sum(errors)::BIGINT AS errors,
        sum(answered_in_threshold)::BIGINT AS answered_in_threshold,
        sum(abandoned_in_threshold)::BIGINT AS abandoned_in_threshold,
        sum(short_abandoned)::BIGINT AS short_abandoned,
        sum(callbacks_in_threshold)::BIGINT AS callbacks_in_threshold,
        coalesce(sum(offered) FILTER (answered_in_threshold IS NULL), 0)::BIGINT AS offered_without_clause,
        round(sum(wait_answered_s), 3) AS wait_answered_s, round(sum(wait_answered_sq), 3) AS wait_answered_sq,
        round(sum(wait_abandoned_s), 3) AS wait_abandoned_s, max(wait_max_s) AS wait_max_s,
        sum(waits_known_answered)::BIGINT AS waits_known_answered, sum(waits_known)::BIGINT AS waits_known,
        round(sum(ring_s), 3) AS ring_s, round(sum(talk_s), 3) AS talk_s, round(sum(hold_s), 3) AS hold_s,
        round(sum(acw_s), 3) AS acw_s, round(sum(talk_sq), 3) AS talk_sq, round(sum(hold_sq), 3) AS hold_sq,
        round(sum(acw_sq), 3) AS acw_sq, sum(handle_known)::BIGINT AS talk_known,
        sum(handle_known)::BIGINT AS handle_known,
        sum(hold_known)::BIGINT AS hold_known, sum(acw_known)::BIGINT AS acw_known,
        round(sum(handle_s), 3) AS handle_s, round(sum(handle_sq), 3) AS handle_sq,
        sum(transferred)::BIGINT AS transferred, sum(transfer_known)::BIGINT AS transfer_known
    FROM mart_interval i
    SEMI JOIN scope_days s ON s.vendor_code = i.vendor_code AND s.local_date = i.local_date
    GROUP BY ALL
),
counts AS (
    SELECT
        n.vendor_code, n.site_code, n.queue_code, n.channel, n.local_date,
        coalesce(sum(contacts) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')), 0)::BIGINT AS offered,
        coalesce(sum(contacts) FILTER (outcome = 'answered'), 0)::BIGINT AS answered,
        coalesce(sum(contacts) FILTER (
            outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold')), 0)::BIGINT AS abandoned,
        coalesce(sum(contacts) FILTER (outcome = 'abandoned_ivr'), 0)::BIGINT AS abandoned_ivr,
        coalesce(sum(contacts) FILTER (outcome IN ('overflowed', 'timeout')), 0)::BIGINT AS flow_outs,
        coalesce(sum(contacts) FILTER (outcome = 'callback_requested'), 0)::BIGINT AS callbacks,
        coalesce(sum(contacts) FILTER (outcome = 'voicemail'), 0)::BIGINT AS voicemail,
        coalesce(sum(contacts) FILTER (outcome = 'closed_hours'), 0)::BIGINT AS closed,
        coalesce(sum(contacts) FILTER (outcome = 'blocked'), 0)::BIGINT AS blocked,
        coalesce(sum(contacts) FILTER (outcome = 'error'), 0)::BIGINT AS errors,
        coalesce(sum(contacts) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')), 0)::BIGINT
            AS offered_without_clause,
        round(coalesce(sum(wait_s) FILTER (outcome = 'answered'), 0), 3) AS wait_answered_s,
        round(coalesce(sum(wait_s) FILTER (
            outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold')), 0), 3) AS wait_abandoned_s,
        coalesce(sum(contacts) FILTER (outcome = 'answered' AND wait_s IS NOT NULL), 0)::BIGINT AS waits_known_answered,
        coalesce(sum(contacts) FILTER (outcome IN ('answered', 'abandoned_queue', 'abandoned_ring', 'abandoned_hold')
            AND wait_s IS NOT NULL), 0)::BIGINT AS waits_known,
        round(coalesce(sum(talk_s) FILTER (outcome = 'answered'), 0), 3) AS talk_s,
        coalesce(sum(contacts) FILTER (outcome = 'answered' AND talk_s IS NOT NULL), 0)::BIGINT AS talk_known
    FROM scope_contact_counts n
    ANTI JOIN contacts c ON c.vendor_code = n.vendor_code AND c.queue_code = n.queue_code AND c.local_date = n.local_date
    WHERE n.direction = 'inbound' AND n.internal IS NOT TRUE AND n.granularity IN ('interval', 'hour', 'day')
    GROUP BY ALL
),
repeats AS (
    SELECT
        r.vendor_code, r.site_code, r.queue_code, r.channel, r.local_date,
        sum(r.repeat_eligible)::BIGINT AS repeat_eligible, sum(r.repeated)::BIGINT AS repeated,
        sum(r.repeat_open)::BIGINT AS repeat_open, sum(r.repeat_unknown)::BIGINT AS repeat_unknown
    FROM mart_repeat r
    SEMI JOIN scope_days s ON s.vendor_code = r.vendor_code AND s.local_date = r.local_date
    GROUP BY ALL
)
SELECT
    'contact' AS grain, c.*,
    coalesce(r.repeat_eligible, 0) AS repeat_eligible, coalesce(r.repeated, 0) AS repeated,
    coalesce(r.repeat_open, 0) AS repeat_open, coalesce(r.repeat_unknown, 0) AS repeat_unknown
FROM contacts c
LEFT JOIN repeats r
    ON r.vendor_code = c.vendor_code AND r.site_code IS NOT DISTINCT FROM c.site_code AND r.queue_code = c.queue_code
   AND r.channel = c.channel AND r.local_date = c.local_date
UNION ALL BY NAME
SELECT
    'count' AS grain, n.*, 0 AS handle_known, 0 AS hold_known, 0 AS acw_known, 0 AS transfer_known,
    0 AS repeat_eligible, 0 AS repeated, 0 AS repeat_open, n.answered AS repeat_unknown
FROM counts n
