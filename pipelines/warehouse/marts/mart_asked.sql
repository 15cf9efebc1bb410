-- Grain: vendor x queue x day on which the survey belongs x what came of the contact it is about.
--
-- Contacts about which a survey was sent, and of those the ones answered, by the outcome of the contact, in the terms
-- of mart_served. A survey without a contact that is known is not in it.
WITH asked AS (
    SELECT vendor_code, leg_id, min(local_date) AS local_date, bool_or(score_raw IS NOT NULL) AS replied
    FROM scope_surveys
    WHERE leg_id IS NOT NULL AND status <> 'bounced'
    GROUP BY vendor_code, leg_id
)
SELECT
    c.vendor_code, c.queue_code, a.local_date,
    NOT c.resolved AS unresolved, c.hold_s >= 60 AS held, c.transfer_out <> 'none' AS transferred,
    c.talk_s >= 600 AS long_talk,
    count(*) AS asked, count(*) FILTER (a.replied) AS replied
FROM asked a
JOIN contacts c ON c.vendor_code = a.vendor_code AND c.leg_id = a.leg_id
 AND c.local_date BETWEEN a.local_date - 14 AND a.local_date + 1
WHERE c.direction = 'inbound' AND c.outcome = 'answered' AND c.customer_id IS NOT NULL
GROUP BY ALL
