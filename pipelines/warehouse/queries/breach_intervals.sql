-- Sums by vendor, site, queue and interval for days from first_day to last_day, of one vendor and queue or all (null).
--
-- The *_in_threshold of several channels add up only where each is known. *_sq: sums of squares, for the spread of a
-- mean.
SELECT
    vendor_code AS vendor, site_code AS site, queue_code AS queue, interval_start_at, local_date, local_minute,
    interval_min,
    sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned,
    sum(abandoned_ivr)::BIGINT AS abandoned_ivr, sum(flow_outs)::BIGINT AS flow_outs,
    sum(callbacks)::BIGINT AS callbacks, sum(voicemail)::BIGINT AS voicemail, sum(closed)::BIGINT AS closed,
    sum(blocked)::BIGINT AS blocked, sum(errors)::BIGINT AS errors,
    CASE WHEN count(answered_in_threshold) = count(*) THEN sum(answered_in_threshold)::BIGINT END AS answered_in_threshold,
    CASE WHEN count(abandoned_in_threshold) = count(*) THEN sum(abandoned_in_threshold)::BIGINT END AS abandoned_in_threshold,
    CASE WHEN count(short_abandoned) = count(*) THEN sum(short_abandoned)::BIGINT END AS short_abandoned,
    CASE WHEN count(callbacks_in_threshold) = count(*) THEN sum(callbacks_in_threshold)::BIGINT END AS callbacks_in_threshold,
    sum(wait_answered_s) AS wait_answered_s, sum(wait_answered_sq) AS wait_answered_sq,
    sum(wait_abandoned_s) AS wait_abandoned_s, max(wait_max_s) AS wait_max_s,
    sum(waits_known_answered)::BIGINT AS waits_known_answered, sum(waits_known)::BIGINT AS waits_known,
    sum(ring_s) AS ring_s, sum(talk_s) AS talk_s, sum(hold_s) AS hold_s, sum(acw_s) AS acw_s,
    sum(handle_known)::BIGINT AS talk_known, sum(handle_known)::BIGINT AS handle_known, sum(hold_known)::BIGINT AS hold_known,
    sum(acw_known)::BIGINT AS acw_known, sum(handle_s) AS handle_s, sum(handle_sq) AS handle_sq,
    sum(talk_sq) AS talk_sq, sum(hold_sq) AS hold_sq, sum(acw_sq) AS acw_sq,
    sum(transferred)::BIGINT AS transferred, sum(transfer_known)::BIGINT AS transfer_known
FROM mart_interval
WHERE local_date BETWEEN $first_day AND $last_day AND queue_code IS NOT NULL
  AND vendor_code = coalesce($vendor, vendor_code) AND queue_code = coalesce($queue, queue_code)
GROUP BY ALL
ORDER BY ALL
