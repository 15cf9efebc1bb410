-- Grain: vendor x queue x day x who ended the contact (customer, agent, system; unknown where it is not stated).
--
-- Answered inbound contacts whose talk time is known, and those of them that were over within 10, 20 and 30 seconds.
-- Chats are left out: an answer in writing may be short by nature.
SELECT
    vendor_code, queue_code, local_date, coalesce(disconnect_by, 'unknown') AS ended_by, count(*) AS answered,
    count(*) FILTER (talk_s < 10) AS under_10_s, count(*) FILTER (talk_s < 20) AS under_20_s,
    count(*) FILTER (talk_s < 30) AS under_30_s
FROM scope_contacts
WHERE direction = 'inbound' AND outcome = 'answered' AND talk_s IS NOT NULL AND channel = 'voice'
GROUP BY ALL
