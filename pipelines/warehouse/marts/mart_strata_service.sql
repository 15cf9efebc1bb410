-- Grain: the strata of mart_strata x a way of counting a service level.
--
-- The counts that service-level definitions need, under each threshold and clock that binds the vendor itself, and for
-- in-house operations under those of every vendor: a vendor is compared with the in-house team counted as the vendor's
-- own clause counts.
WITH counted AS (
    SELECT
        c.vendor_code, c.site_code, c.queue_code, c.channel, coalesce(q.language, c.language) AS language, c.reason_code,
        c.segment, hour_band(c.local_minute, k.shift_min) AS hour_band, c.local_date, c.outcome,
        r.threshold_s, r.inclusive, r.clock_start, r.short_abandon_s,
        outcome = 'answered' AS is_answered,
        outcome IN ('abandoned_queue', 'abandoned_ring', 'abandoned_hold') AS is_abandoned,
        CASE r.clock_start
            WHEN 'ring' THEN c.ring_s
            WHEN 'call_start' THEN c.wait_s + coalesce(c.ivr_s, epoch(c.queued_at - c.arrived_at))
            ELSE c.wait_s
        END AS clock_s
    FROM scope_contacts c
    JOIN service_rules r ON r.vendor_code = c.vendor_code
    JOIN strata_days k ON k.vendor_code = c.vendor_code AND k.local_date = c.local_date
    LEFT JOIN queues q USING (queue_code)
    WHERE c.direction = 'inbound'
)
SELECT
    vendor_code, site_code, queue_code, channel, language, reason_code, segment, hour_band, local_date,
    threshold_s, inclusive, clock_start, short_abandon_s,
    count(*) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')) AS offered,
    count(*) FILTER (is_answered) AS answered,
    count(*) FILTER (is_abandoned) AS abandoned,
    count(*) FILTER (is_answered AND (clock_s < threshold_s OR (inclusive AND clock_s = threshold_s)))
        AS answered_in_threshold,
    count(*) FILTER (is_abandoned AND (clock_s < threshold_s OR (inclusive AND clock_s = threshold_s)))
        AS abandoned_in_threshold,
    CASE WHEN any_value(short_abandon_s) IS NOT NULL THEN
        count(*) FILTER (is_abandoned AND (clock_s < short_abandon_s OR (inclusive AND clock_s = short_abandon_s)))
    END AS short_abandoned,
    count(*) FILTER (outcome IN ('overflowed', 'timeout')) AS flow_outs,
    count(*) FILTER (outcome = 'callback_requested') AS callbacks,
    count(*) FILTER (
        outcome = 'callback_requested' AND (clock_s < threshold_s OR (inclusive AND clock_s = threshold_s)))
        AS callbacks_in_threshold,
    count(*) FILTER (outcome = 'voicemail') AS voicemail,
    count(*) FILTER (outcome = 'closed_hours') AS closed
FROM counted
GROUP BY ALL
