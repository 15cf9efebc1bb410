-- Grain: vendor x site x queue x channel x day of a first contact.
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
WITH legs AS (
    SELECT
        n.vendor_code, n.site_code, n.queue_code, n.channel, n.local_date, n.queued_at, n.customer_id, n.leg_id,
        n.source_system, n.outcome = 'answered' AS is_answered,
        hash(n.vendor_code, n.source_system, n.interaction_id) AS interaction,
        CASE WHEN NOT r.cross_vendor THEN n.vendor_code END AS inside_vendor,
        CASE WHEN r.same_reason THEN n.reason_code END AS inside_reason,
        n.customer_id IS NOT NULL AND (n.reason_code IS NOT NULL OR NOT r.same_reason) AS is_known,
        to_seconds(r.window_s) AS window_length
    FROM nearby_contacts n CROSS JOIN repeat_rule r
),
ordered AS (
    SELECT
        *,
        lag(CASE WHEN is_answered THEN queued_at END IGNORE NULLS) OVER (
            PARTITION BY interaction ORDER BY queued_at, leg_id) AS answered_before
    FROM legs
),
marked AS (
    SELECT *, interaction IS DISTINCT FROM lag(interaction) OVER came AS starts
    FROM ordered
    WHERE is_known
    WINDOW came AS (
        PARTITION BY customer_id, inside_vendor, inside_reason ORDER BY queued_at, vendor_code, source_system, leg_id)
),
followed AS (
    SELECT *, lead(CASE WHEN starts THEN queued_at END IGNORE NULLS) OVER came AS next_at
    FROM marked
    WINDOW came AS (
        PARTITION BY customer_id, inside_vendor, inside_reason ORDER BY queued_at, vendor_code, source_system, leg_id)
    UNION ALL BY NAME
    SELECT * FROM ordered WHERE NOT is_known
)
SELECT
    f.vendor_code, f.site_code, f.queue_code, f.channel, f.local_date,
    count(*) FILTER (f.is_known AND f.queued_at + f.window_length <= e.ends_at) AS repeat_eligible,
    count(*) FILTER (f.is_known AND f.queued_at + f.window_length <= e.ends_at
                     AND f.next_at <= f.queued_at + f.window_length) AS repeated,
    count(*) FILTER (f.is_known AND f.queued_at + f.window_length > e.ends_at) AS repeat_open,
    count(*) FILTER (NOT f.is_known) AS repeat_unknown
FROM followed f
JOIN repeat_end e ON e.vendor_code = f.vendor_code
SEMI JOIN scope_days s ON s.vendor_code = f.vendor_code AND s.local_date = f.local_date
WHERE f.is_answered AND (f.answered_before IS NULL OR f.answered_before < f.queued_at - f.window_length)
GROUP BY ALL
