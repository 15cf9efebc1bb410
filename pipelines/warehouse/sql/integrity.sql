-- Sums that must agree in a version; each line of the result is a disagreement.
WITH checks AS (
    SELECT 'rows accounted for' AS what, coalesce(sum(rows_read), 0)::BIGINT AS wanted,
           coalesce(sum(rows_loaded + rows_restating + rows_duplicate + rows_stale + rows_rejected + rows_dropped), 0)::BIGINT AS found
    FROM deliveries
    UNION ALL
    SELECT 'inbound contacts in intervals',
           (SELECT count(*) FROM contacts WHERE direction = 'inbound'),
           (SELECT coalesce(sum(offered + abandoned_ivr + closed + blocked), 0)::BIGINT FROM mart_interval)
    UNION ALL
    SELECT 'contacts offered by day',
           (SELECT coalesce(sum(offered), 0)::BIGINT FROM mart_interval),
           (SELECT coalesce(sum(offered), 0)::BIGINT FROM mart_day WHERE grain = 'contact')
    UNION ALL
    SELECT 'days still out of date', 0, (SELECT count(*) FROM stale_days)
)
SELECT what, found, wanted FROM checks WHERE found <> wanted
