-- Inbound legs of the days asked for and of one window before and after, with what repeat contacts need, as narrow as
-- can be: sorting is what repeat contacts cost.
--   came_us      microseconds since 1970: plain numbers, because adding to an instant asks for its calendar every time
--   who          the customer; with the vendor where repeats count inside one only, with the reason where it must be
--                the same; null where that is not known
--   operation    vendor, site, queue and channel as one number; nearby_operations says which
--   interaction  end-to-end identity; leg: a stable order among legs of the same instant
CREATE OR REPLACE TEMP TABLE nearby_contacts AS
SELECT
    hash(vendor_code, site_code, queue_code, channel) AS operation, local_date, epoch_us(queued_at) AS came_us,
    outcome = 'answered' AS is_answered,
    hash(vendor_code, source_system, interaction_id) AS interaction,
    hash(vendor_code, source_system, leg_id) AS leg,
    CASE WHEN customer_id IS NOT NULL AND (reason_code IS NOT NULL OR NOT r.same_reason) THEN
        hash(customer_id, CASE WHEN NOT r.cross_vendor THEN vendor_code END, CASE WHEN r.same_reason THEN reason_code END)
    END AS who
FROM contacts CROSS JOIN repeat_rule r
WHERE direction = 'inbound' AND local_date BETWEEN $first_day::DATE AND $last_day::DATE;
