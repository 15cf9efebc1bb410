-- By delivery, one rejected cell to look at: the first one in the file. Where it is a name that the workspace does not
-- know, the file's other unknown names of that column too, so that all of them can be put right at once.
WITH firsts AS (
    SELECT delivery_no, min_by(struct_pack(source_row, line, column_name, raw_value, reason), source_row) AS first
    FROM rejects
    GROUP BY delivery_no
)
SELECT
    d.delivery_id, any_value(f.first) AS first,
    list(DISTINCT r.raw_value ORDER BY r.raw_value) FILTER (
        WHERE r.raw_value <> f.first.raw_value
          AND (r.reason LIKE 'no alias in system%' OR r.reason LIKE 'not a metric%')
          AND (f.first.reason LIKE 'no alias in system%' OR f.first.reason LIKE 'not a metric%')
    ) AS also
FROM firsts f
JOIN deliveries d USING (delivery_no)
LEFT JOIN rejects r ON r.delivery_no = f.delivery_no AND r.column_name = f.first.column_name
WHERE d.superseded_at IS NULL
GROUP BY d.delivery_id
