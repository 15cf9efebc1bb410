-- First and last day with contacts or counts of them, and the instant of publication.
SELECT
    min(local_date) AS first_day, max(local_date) AS last_day,
    (SELECT value FROM meta WHERE name = 'published_at') AS published_at
FROM mart_day
