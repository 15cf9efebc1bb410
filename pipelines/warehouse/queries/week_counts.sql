-- Additive columns of mart_day by vendor, queue and week (its Monday), for days from first_day to last_day.
-- offered_without_clause says how much no service-level clause covers.
-- Sums of squares are null where a part of what was summed came as counts: their spread is not known.
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week,
    sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned,
    sum(abandoned_ivr)::BIGINT AS abandoned_ivr, sum(flow_outs)::BIGINT AS flow_outs,
    sum(callbacks)::BIGINT AS callbacks, sum(voicemail)::BIGINT AS voicemail, sum(closed)::BIGINT AS closed,
    sum(blocked)::BIGINT AS blocked, sum(errors)::BIGINT AS errors,
    sum(answered_in_threshold)::BIGINT AS answered_in_threshold,
    sum(abandoned_in_threshold)::BIGINT AS abandoned_in_threshold,
    sum(short_abandoned)::BIGINT AS short_abandoned,
    sum(callbacks_in_threshold)::BIGINT AS callbacks_in_threshold,
    sum(offered_without_clause)::BIGINT AS offered_without_clause,
    sum(wait_answered_s) AS wait_answered_s,
    CASE WHEN count(*) FILTER (wait_answered_sq IS NULL AND waits_known_answered > 0) = 0
        THEN sum(wait_answered_sq) END AS wait_answered_sq,
    sum(wait_abandoned_s) AS wait_abandoned_s, max(wait_max_s) AS wait_max_s,
    sum(waits_known_answered)::BIGINT AS waits_known_answered, sum(waits_known)::BIGINT AS waits_known,
    sum(ring_s) AS ring_s, sum(talk_s) AS talk_s, sum(hold_s) AS hold_s, sum(acw_s) AS acw_s,
    CASE WHEN count(*) FILTER (talk_sq IS NULL AND talk_known > 0) = 0 THEN sum(talk_sq) END AS talk_sq,
    sum(hold_sq) AS hold_sq, sum(acw_sq) AS acw_sq,
    sum(talk_known)::BIGINT AS talk_known, sum(handle_known)::BIGINT AS handle_known,
    sum(hold_known)::BIGINT AS hold_known, sum(acw_known)::BIGINT AS acw_known,
    sum(handle_s) AS handle_s, sum(handle_sq) AS handle_sq,
    sum(transferred)::BIGINT AS transferred, sum(transfer_known)::BIGINT AS transfer_known,
    sum(repeat_eligible)::BIGINT AS repeat_eligible, sum(repeated)::BIGINT AS repeated,
    sum(repeat_open)::BIGINT AS repeat_open, sum(repeat_unknown)::BIGINT AS repeat_unknown
FROM mart_day
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
