-- The inbound contacts of one vendor in a cell (queue and site or all, days, minutes of the local clock), with what
-- became of them: surveys and refunds of the 30 days after, and whether the same customer came before or again within
-- the window of repeat contacts (at any vendor or at the same, for any reason or the same, as the workspace says).
--
--   repeat    again: came again in another interaction; none: did not; open: the window is not closed yet;
--             unknown: the customer (or the reason that is asked for) is not known
--   file_name, source_row  where the row that counts came from
-- The rows that matter most come first, in the order asked for; all_rows says how many there are without $most.
WITH chosen AS MATERIALIZED (
    SELECT
        vendor_code, source_system, leg_id, interaction_id, site_code, queue_code, channel, arrived_at, queued_at,
        answered_at, ended_at, local_date, local_minute, ivr_s, wait_s, ring_s, talk_s, hold_s, acw_s,
        talk_s + coalesce(hold_s, 0) + coalesce(acw_s, 0) AS handle_s, outcome, transfer_out, transfer_to_queue,
        reason_code, disposition_code, resolved, disconnect_by, skill, priority, segment, language, customer_id,
        delivery_no, source_row,
        CASE WHEN customer_id IS NOT NULL AND (reason_code IS NOT NULL OR NOT $same_reason) THEN customer_id END AS who
    FROM contacts
    WHERE vendor_code = $vendor AND local_date BETWEEN $first_day AND $last_day AND direction = 'inbound'
      AND local_minute BETWEEN $first_minute AND $last_minute
      AND ($queues IS NULL OR list_contains($queues, queue_code))
      AND ($site IS NULL OR site_code = $site)
      AND ($leg IS NULL OR leg_id = $leg)
),
-- Where the order needs nothing but the contact itself, the rest is looked up for the rows that are shown only.
kept AS MATERIALIZED (
    SELECT * FROM chosen
    ORDER BY
        CASE $order
            WHEN 'wait' THEN wait_s
            WHEN 'abandoned' THEN CASE WHEN outcome LIKE 'abandoned%' THEN 1e9 + coalesce(wait_s, 0) END
            WHEN 'handle' THEN handle_s
        END DESC NULLS LAST,
        queued_at, leg_id
    LIMIT CASE WHEN $order IN ('repeat', 'survey', 'refund') THEN 1000000000 ELSE $most END
),
nearby AS (
    SELECT customer_id, interaction_id, source_system, vendor_code, reason_code, queued_at
    FROM contacts
    WHERE direction = 'inbound' AND local_date BETWEEN $first_day - $window_days AND $last_day + $window_days
      AND customer_id IN (SELECT who FROM kept)
),
linked AS (
    SELECT
        c.vendor_code, c.source_system, c.leg_id,
        min(n.queued_at) FILTER (n.queued_at > c.queued_at) AS again_at,
        max(n.queued_at) FILTER (n.queued_at < c.queued_at) AS before_at
    FROM kept c
    JOIN nearby n
        ON n.customer_id = c.who
       AND abs(epoch_us(n.queued_at) - epoch_us(c.queued_at)) <= $window_us
       AND (n.interaction_id, n.source_system, n.vendor_code) <> (c.interaction_id, c.source_system, c.vendor_code)
       AND ($cross_vendor OR n.vendor_code = c.vendor_code)
       AND (NOT $same_reason OR n.reason_code = c.reason_code)
    GROUP BY c.vendor_code, c.source_system, c.leg_id
),
surveyed AS (
    SELECT
        leg_id, max(score_raw) FILTER (survey_type = 'csat') AS csat, max(scale_max) FILTER (survey_type = 'csat') AS csat_of,
        max(score_raw) FILTER (survey_type = 'nps') AS nps, bool_or(score_raw IS NOT NULL) AS survey_answered
    FROM surveys
    WHERE vendor_code = $vendor AND local_date BETWEEN $first_day - 1 AND $last_day + 30
      AND status <> 'bounced' AND leg_id IN (SELECT leg_id FROM kept)
    GROUP BY leg_id
),
refunded AS (
    SELECT
        leg_id, sum(CASE WHEN kind = 'reversal' THEN -abs(amount) ELSE amount END)::DECIMAL(18,4) AS refund,
        CASE WHEN count(DISTINCT currency) = 1 THEN any_value(currency) END AS refund_currency
    FROM refunds
    WHERE vendor_code = $vendor AND local_date BETWEEN $first_day - 1 AND $last_day + 30
      AND leg_id IN (SELECT leg_id FROM kept)
    GROUP BY leg_id
),
told AS (
    SELECT
        c.* EXCLUDE (who), s.csat, s.csat_of, s.nps, s.survey_answered, r.refund, r.refund_currency,
        l.again_at, l.before_at,
        CASE
            WHEN c.who IS NULL THEN 'unknown'
            WHEN l.again_at IS NOT NULL THEN 'again'
            WHEN epoch_us(c.queued_at) + $window_us > epoch_us(e.ends_at) THEN 'open'
            ELSE 'none'
        END AS repeat,
        d.file_name, d.delivery_id, d.received_at, (SELECT count(*) FROM chosen) AS all_rows
    FROM kept c
    LEFT JOIN surveyed s USING (leg_id)
    LEFT JOIN refunded r USING (leg_id)
    LEFT JOIN linked l USING (vendor_code, source_system, leg_id)
    LEFT JOIN repeat_end e USING (vendor_code)
    LEFT JOIN deliveries d USING (delivery_no)
)
SELECT * FROM told
ORDER BY
    CASE $order
        WHEN 'wait' THEN wait_s
        WHEN 'abandoned' THEN CASE WHEN outcome LIKE 'abandoned%' THEN 1e9 + coalesce(wait_s, 0) END
        WHEN 'repeat' THEN CASE WHEN repeat = 'again' THEN -epoch(again_at) + epoch(queued_at) END
        WHEN 'handle' THEN handle_s
        WHEN 'survey' THEN -coalesce(csat / csat_of, nps / 10)
        WHEN 'refund' THEN refund::DOUBLE
    END DESC NULLS LAST,
    queued_at, leg_id
LIMIT $most
