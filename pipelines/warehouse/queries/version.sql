-- What this version says of itself.
SELECT name, value FROM meta WHERE name IN ('version', 'published_at') ORDER BY name
