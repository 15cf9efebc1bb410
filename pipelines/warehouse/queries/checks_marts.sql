-- Control table, one row per vendor: do the marts hold exactly the contacts that the warehouse holds?
WITH held AS (
    SELECT vendor_code, count(*) AS contacts FROM contacts WHERE direction = 'inbound' GROUP BY ALL
),
counted AS (
    SELECT vendor_code, sum(offered + abandoned_ivr + closed + blocked)::BIGINT AS contacts FROM mart_interval GROUP BY ALL
)
SELECT
    vendor_code AS vendor, coalesce(h.contacts, 0) AS held, coalesce(c.contacts, 0) AS counted,
    coalesce(h.contacts, 0) - coalesce(c.contacts, 0) AS difference
FROM held h FULL JOIN counted c USING (vendor_code)
ORDER BY vendor
