-- Deliveries that had come by an instant; one that was taken in again later under another mapping still counted then.
SELECT * REPLACE (
    CASE WHEN superseded_at <= $instant THEN superseded_at END AS superseded_at,
    CASE WHEN superseded_at <= $instant THEN superseded_by END AS superseded_by
)
FROM deliveries WHERE known_from <= $instant
