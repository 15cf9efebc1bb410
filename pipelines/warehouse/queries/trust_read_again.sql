-- Per delivery of a file that was read before under the same mapping (corrected since): how many of its rows repeat or
-- replace rows of that earlier reading. That is our doing, not the sender's. A key counts once: what the file itself
-- holds twice stays a repetition.
SELECT
    d.delivery_id,
    count(DISTINCT r.row_key) FILTER (WHERE r.disposition = 'duplicate')::BIGINT AS own_duplicate,
    count(DISTINCT r.row_key) FILTER (WHERE r.disposition = 'restating')::BIGINT AS own_restating
FROM row_dispositions r
JOIN deliveries d USING (delivery_no)
JOIN deliveries o ON o.delivery_no = r.other_delivery_no
WHERE r.disposition IN ('duplicate', 'restating') AND d.superseded_at IS NULL
  AND o.delivery_no <> d.delivery_no AND o.sha256 = d.sha256 AND o.mapping_id = d.mapping_id
GROUP BY d.delivery_id
