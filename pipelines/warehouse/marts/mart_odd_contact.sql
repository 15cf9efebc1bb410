-- Grain: vendor x queue x day x what is odd.
--
-- Contacts whose durations can't be: how many, the longest (seconds) and up to ten of them by name.
--   longer_than_a_shift  talk and hold of a call or a chat, or its wait, of eight hours or more
--   longer_than_itself   talk longer than the time from the queue entry to the end, by more than a minute (hold is left
--                        out: some systems count it within talk)
WITH odd AS (
    SELECT
        vendor_code, queue_code, local_date, leg_id,
        greatest(talk_s + coalesce(hold_s, 0), wait_s) AS longest_s,
        CASE
            WHEN channel IN ('voice', 'chat', 'callback') AND greatest(talk_s + coalesce(hold_s, 0), wait_s) >= 28800
                THEN 'longer_than_a_shift'
            WHEN (talk_s - 60) * 1e6 > epoch_us(ended_at) - epoch_us(queued_at) THEN 'longer_than_itself'
        END AS what
    FROM scope_contacts
    WHERE talk_s + coalesce(hold_s, 0) >= 28800 OR wait_s >= 28800
       OR (talk_s - 60) * 1e6 > epoch_us(ended_at) - epoch_us(queued_at)
)
SELECT
    vendor_code, queue_code, local_date, what, count(*) AS contacts, max(longest_s) AS longest_s,
    list(leg_id ORDER BY longest_s DESC, leg_id)[:10] AS legs
FROM odd
WHERE what IS NOT NULL
GROUP BY vendor_code, queue_code, local_date, what
