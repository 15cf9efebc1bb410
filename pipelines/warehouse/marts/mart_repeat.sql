-- Grain: vendor x site x queue x channel x stratum (see nearby_contacts) x day of a first contact.
--
-- A contact is the first answered leg of an interaction (no answered leg of the same interaction within the window
-- before it); transfers inside an interaction are no repeats. It is repeated when the same customer comes again, in
-- another interaction, within the window: at any operation or at its own only, for any reason or for the same one,
-- as the workspace says. It is charged to the operation of that first contact. The second contact need not be
-- answered: the customer came again.
--   repeat_eligible  customer known and window closed: queued_at + window <= end of the data of its operation
--   repeated         of those, came again
--   repeat_open      customer known, window not closed yet: no judgement
--   repeat_unknown   no usable identifier (or no reason, where the same reason is asked for)
-- nearby_contacts holds every inbound leg from one window before the days asked for to one window after.
WITH ordered AS (
    SELECT
        operation, stratum, local_date, came_us, is_answered, interaction, leg, who,
        lag(CASE WHEN is_answered THEN came_us END IGNORE NULLS) OVER (
            PARTITION BY interaction ORDER BY came_us, leg) AS answered_before_us,
        interaction IS DISTINCT FROM lag(interaction) OVER (PARTITION BY who ORDER BY came_us, leg) AS starts
    FROM nearby_contacts
),
followed AS (
    SELECT
        operation, stratum, local_date, came_us, is_answered, who, answered_before_us,
        lead(CASE WHEN starts THEN came_us END IGNORE NULLS) OVER (PARTITION BY who ORDER BY came_us, leg) AS next_us
    FROM ordered
),
firsts AS (
    SELECT
        f.operation, f.stratum, f.local_date,
        f.who IS NOT NULL AS is_known,
        f.came_us + r.window_us <= o.ends_us AS is_closed,
        coalesce(f.next_us <= f.came_us + r.window_us, false) AS is_repeated
    FROM followed f CROSS JOIN repeat_rule r JOIN nearby_operations o USING (operation)
    WHERE f.is_answered AND coalesce(f.answered_before_us < f.came_us - r.window_us, true)
),
counted AS (
    SELECT
        operation, stratum, local_date,
        count(*) FILTER (is_known AND is_closed) AS repeat_eligible,
        count(*) FILTER (is_known AND is_closed AND is_repeated) AS repeated,
        count(*) FILTER (is_known AND NOT is_closed) AS repeat_open,
        count(*) FILTER (NOT is_known) AS repeat_unknown
    FROM firsts
    GROUP BY operation, stratum, local_date
)
SELECT
    o.vendor_code, o.site_code, o.queue_code, o.channel, c.stratum, c.local_date,
    c.repeat_eligible, c.repeated, c.repeat_open, c.repeat_unknown
FROM counted c
JOIN nearby_operations o USING (operation)
SEMI JOIN scope_days s ON s.vendor_code = o.vendor_code AND s.local_date = c.local_date
