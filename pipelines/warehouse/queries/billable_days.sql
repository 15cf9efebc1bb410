-- What may be billed of one vendor, by queue and day: answered inbound contacts less those that are not paid for (talk
-- under $short_talk_s, transferred in), their time, and counts that an invoice may have been drawn from by mistake.
WITH told AS (
    SELECT
        queue_code AS queue, local_date, outcome, wait_s, ring_s, talk_s, hold_s, acw_s, resolved,
        talk_s + coalesce(hold_s, 0) + coalesce(acw_s, 0) AS handle_s,
        outcome = 'answered' AS is_answered,
        outcome = 'answered' AND NOT coalesce(talk_s < $short_talk_s, false)
            AND NOT ($without_transferred AND transferred_from_leg_id IS NOT NULL) AS is_billable
    FROM contacts
    WHERE vendor_code = $vendor AND direction = 'inbound' AND queue_code IS NOT NULL
)
SELECT
    queue, local_date,
    count(*) FILTER (is_billable) AS contacts,
    count(handle_s) FILTER (is_billable) AS handle_known,
    round(coalesce(sum(handle_s) FILTER (is_billable), 0), 3) AS handle_s,
    round(coalesce(sum(talk_s) FILTER (is_billable), 0), 3) AS talk_s,
    round(coalesce(sum(hold_s) FILTER (is_billable), 0), 3) AS hold_s,
    round(coalesce(sum(ring_s) FILTER (is_billable), 0), 3) AS ring_s,
    round(coalesce(sum(wait_s) FILTER (is_billable), 0), 3) AS wait_s,
    count(resolved) FILTER (is_billable) AS resolved_known,
    count(*) FILTER (is_billable AND resolved) AS resolved,
    count(*) FILTER (is_answered) AS answered,
    round(coalesce(sum(handle_s) FILTER (is_answered), 0), 3) AS answered_handle_s,
    count(*) FILTER (outcome NOT IN ('closed_hours', 'abandoned_ivr', 'blocked')) AS offered
FROM told
GROUP BY ALL
ORDER BY ALL
