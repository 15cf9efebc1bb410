-- Grain: vendor x queue x day x what came of the contact.
--
-- Answered contacts of known customers by outcome: the people who could have been asked for their opinion. Unknown
-- is null, apart from both answers.
SELECT
    vendor_code, queue_code, local_date,
    NOT resolved AS unresolved, hold_s >= 60 AS held, transfer_out <> 'none' AS transferred, talk_s >= 600 AS long_talk,
    count(*) AS answered
FROM scope_contacts
WHERE direction = 'inbound' AND outcome = 'answered' AND customer_id IS NOT NULL
GROUP BY ALL
