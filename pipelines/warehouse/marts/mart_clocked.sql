-- Grain: vendor x day x duration (wait_s, talk_s).
--
-- Answered inbound contacts that state a duration and the two instants between which it lies, these five seconds or more
-- apart: how many there are, their seconds as stated and by the clock, and how many would agree with the clock if the
-- stated figure were so many times too small or too large (milliseconds, minutes, read as seconds).
--   agrees  a wait within a second and 2 % of the clock; talk (with hold) within a second and a quarter, because
--           after-contact work may lie before the end
WITH timed AS (
    SELECT
        vendor_code, local_date, 'wait_s' AS duration, wait_s AS stated_s, 0.02 AS slack,
        (epoch_us(answered_at) - epoch_us(queued_at)) / 1e6 AS clock_s
    FROM scope_contacts
    WHERE direction = 'inbound' AND outcome = 'answered'
    UNION ALL
    SELECT
        vendor_code, local_date, 'talk_s', talk_s + coalesce(hold_s, 0), 0.25,
        (epoch_us(ended_at) - epoch_us(answered_at)) / 1e6
    FROM scope_contacts
    WHERE direction = 'inbound' AND outcome = 'answered'
)
SELECT
    vendor_code, local_date, duration, count(*) AS contacts, round(sum(stated_s), 3) AS stated_s,
    round(sum(clock_s), 3) AS clock_s,
    count(*) FILTER (abs(stated_s * 1000 - clock_s) <= 1 + slack * clock_s) AS thousandth,
    count(*) FILTER (abs(stated_s * 60 - clock_s) <= 1 + slack * clock_s) AS sixtieth,
    count(*) FILTER (abs(stated_s / 60 - clock_s) <= 1 + slack * clock_s) AS sixtyfold,
    count(*) FILTER (abs(stated_s / 1000 - clock_s) <= 1 + slack * clock_s) AS thousandfold
FROM timed
WHERE stated_s IS NOT NULL AND clock_s >= 5
GROUP BY ALL
