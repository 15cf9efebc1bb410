-- Inbound legs of the days asked for and of one window before and after, with what repeat contacts need, as narrow as
-- can be: sorting is what repeat contacts cost.
--   came_us      microseconds since 1970: plain numbers, because adding to an instant asks for its calendar every time
--   who          the customer; with the vendor where repeats count inside one only, with the reason where it must be
--                the same; null where that is not known
--   operation    vendor, site, queue and channel as one number; nearby_operations says which
--   stratum      what mart_strata tells contacts apart by besides their operation and day, as one number
--   interaction  end-to-end identity; leg: a stable order among legs of the same instant
CREATE OR REPLACE TEMP TABLE nearby_contacts AS
SELECT
    hash(vendor_code, site_code, queue_code, c.channel) AS operation, local_date, epoch_us(queued_at) AS came_us,
    hash(coalesce(q.language, c.language), reason_code, segment, hour_band(local_minute, k.shift_min)) AS stratum,
    outcome = 'answered' AS is_answered,
    hash(vendor_code, source_system, interaction_id) AS interaction,
    hash(vendor_code, source_system, leg_id) AS leg,
    CASE WHEN customer_id IS NOT NULL AND (reason_code IS NOT NULL OR NOT r.same_reason) THEN
        hash(customer_id, CASE WHEN NOT r.cross_vendor THEN vendor_code END, CASE WHEN r.same_reason THEN reason_code END)
    END AS who
FROM contacts c
CROSS JOIN repeat_rule r
LEFT JOIN strata_days k USING (vendor_code, local_date)
LEFT JOIN queues q USING (queue_code)
WHERE direction = 'inbound' AND local_date BETWEEN $first_day::DATE AND $last_day::DATE;
