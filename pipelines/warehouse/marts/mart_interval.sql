-- Grain: vendor x site x queue x channel x interval of the terms (15, 30 or 60 minutes of the local clock).
--
-- Inbound contacts only. Every count that a service-level definition needs is kept apart, so that any variant can be
-- computed from sums; a rate is never stored. The interval is that of queue entry.
--   offered       reached the queue: everything but closed_hours, abandoned_ivr and blocked
--   abandoned     in queue, while ringing or on hold before an answer was recorded
--   flow_outs     left the queue for another one (overflowed, timeout)
--   *_in_threshold, short_abandoned
--                 against the service-level clause in force for that queue on that day, on the clock that it starts;
--                 null where no clause is in force: not known is not zero
--   waits_known   answered or abandoned contacts whose wait is known; handle_known answered ones with a known talk time
--   handle_s      talk + hold + after-contact work; hold_known and acw_known say how many of them state those parts
--   *_sq          sums of squares, for the spread of a mean
-- interval_start_at is UTC; local_minute is the minute of the local clock at which the interval starts, so that the
-- two hours of a day on which clocks go back stay apart. Sums are kept to the millisecond.
WITH clocked AS (
    SELECT
        c.vendor_code, c.site_code, c.queue_code, c.channel, c.local_date, c.outcome, c.transfer_out,
        c.wait_s, c.ring_s, c.talk_s, c.hold_s, c.acw_s,
        k.interval_min, k.clause_id, k.threshold_s, k.inclusive, k.short_abandon_s,
        c.local_minute - c.local_minute % k.interval_min AS local_minute,
        -- in whole minutes since 1970: arithmetic on instants asks for the calendar, row by row
        epoch_us(c.queued_at) // 60000000 - c.local_minute % k.interval_min AS start_minute,
        CASE k.clock_start
            WHEN 'ring' THEN c.ring_s
            WHEN 'call_start' THEN c.wait_s + coalesce(c.ivr_s, (epoch_us(c.queued_at) - epoch_us(c.arrived_at)) / 1e6)
            ELSE c.wait_s
        END AS clock_s
    FROM scope_contacts c
    JOIN clause_days k
        ON k.vendor_code = c.vendor_code AND k.queue_code = c.queue_code AND k.local_date = c.local_date
    WHERE c.direction = 'inbound'
),
counted AS (
    SELECT
        *,
        outcome = 'answered' AS is_answered,
        outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold') AS is_abandoned,
        clock_s < threshold_s OR (inclusive AND clock_s = threshold_s) AS in_threshold,
        clock_s < short_abandon_s OR (inclusive AND clock_s = short_abandon_s) AS is_short,
        talk_s + coalesce(hold_s, 0) + coalesce(acw_s, 0) AS handle_s
    FROM clocked
)
SELECT
    vendor_code, site_code, queue_code, channel, make_timestamptz(start_minute * 60000000) AS interval_start_at,
    local_date, local_minute, interval_min, clause_id,
    count(*) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')) AS offered,
    count(*) FILTER (is_answered) AS answered,
    count(*) FILTER (is_abandoned) AS abandoned,
    count(*) FILTER (outcome = 'abandoned_ivr') AS abandoned_ivr,
    count(*) FILTER (outcome IN ('overflowed', 'timeout')) AS flow_outs,
    count(*) FILTER (outcome = 'callback_requested') AS callbacks,
    count(*) FILTER (outcome = 'voicemail') AS voicemail,
    count(*) FILTER (outcome = 'closed_hours') AS closed,
    count(*) FILTER (outcome = 'blocked') AS blocked,
    count(*) FILTER (outcome = 'error') AS errors,
    CASE WHEN any_value(threshold_s) IS NOT NULL THEN count(*) FILTER (is_answered AND in_threshold) END AS answered_in_threshold,
    CASE WHEN any_value(threshold_s) IS NOT NULL THEN count(*) FILTER (is_abandoned AND in_threshold) END AS abandoned_in_threshold,
    CASE WHEN any_value(short_abandon_s) IS NOT NULL THEN count(*) FILTER (is_abandoned AND is_short) END AS short_abandoned,
    CASE WHEN any_value(threshold_s) IS NOT NULL
        THEN count(*) FILTER (outcome = 'callback_requested' AND in_threshold) END AS callbacks_in_threshold,
    round(coalesce(sum(wait_s) FILTER (is_answered), 0), 3) AS wait_answered_s,
    round(coalesce(sum(wait_s * wait_s) FILTER (is_answered), 0), 3) AS wait_answered_sq,
    round(coalesce(sum(wait_s) FILTER (is_abandoned), 0), 3) AS wait_abandoned_s,
    max(wait_s) FILTER (is_answered OR is_abandoned) AS wait_max_s,
    count(wait_s) FILTER (is_answered) AS waits_known_answered,
    count(wait_s) FILTER (is_answered OR is_abandoned) AS waits_known,
    round(coalesce(sum(ring_s) FILTER (is_answered), 0), 3) AS ring_s,
    round(coalesce(sum(talk_s) FILTER (is_answered), 0), 3) AS talk_s,
    round(coalesce(sum(hold_s) FILTER (is_answered), 0), 3) AS hold_s,
    round(coalesce(sum(acw_s) FILTER (is_answered), 0), 3) AS acw_s,
    round(coalesce(sum(talk_s * talk_s) FILTER (is_answered), 0), 3) AS talk_sq,
    round(coalesce(sum(hold_s * hold_s) FILTER (is_answered), 0), 3) AS hold_sq,
    round(coalesce(sum(acw_s * acw_s) FILTER (is_answered), 0), 3) AS acw_sq,
    count(handle_s) FILTER (is_answered) AS handle_known,
    count(hold_s) FILTER (is_answered) AS hold_known,
    count(acw_s) FILTER (is_answered) AS acw_known,
    round(coalesce(sum(handle_s) FILTER (is_answered), 0), 3) AS handle_s,
    round(coalesce(sum(handle_s * handle_s) FILTER (is_answered), 0), 3) AS handle_sq,
    count(*) FILTER (is_answered AND transfer_out <> 'none') AS transferred,
    count(transfer_out) FILTER (is_answered) AS transfer_known
FROM counted
GROUP BY
    vendor_code, site_code, queue_code, channel, start_minute, local_date, local_minute, interval_min, clause_id
