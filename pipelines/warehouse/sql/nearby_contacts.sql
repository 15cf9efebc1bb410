-- Inbound legs of the days asked for and of one window before and after, with what repeat contacts need.
CREATE OR REPLACE TEMP TABLE nearby_contacts AS
SELECT vendor_code, source_system, leg_id, interaction_id, site_code, queue_code, channel, local_date, queued_at, outcome,
       reason_code, customer_id
FROM contacts
WHERE direction = 'inbound' AND local_date BETWEEN $first_day::DATE AND $last_day::DATE;
