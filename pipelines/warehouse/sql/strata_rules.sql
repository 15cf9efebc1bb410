-- What the strata are made with: a band of three hours, and the ways of counting a service level that bind each
-- operation (for an in-house one, those of every vendor).
CREATE OR REPLACE TEMP MACRO hour_band(local_minute, shift_min) AS
    (((local_minute + shift_min + 1440) % 1440) // 180)::TINYINT;

CREATE OR REPLACE TEMP TABLE service_rules AS
SELECT DISTINCT v.vendor_code, c.threshold_s, c.inclusive, c.clock_start, c.short_abandon_s
FROM vendors v
JOIN clauses c ON c.metric = 'service_level' AND c.threshold_s IS NOT NULL
 AND (v.kind = 'in_house' OR c.vendor_code = v.vendor_code);
