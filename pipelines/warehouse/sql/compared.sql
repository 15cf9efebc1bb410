-- Each arrival beside the held row of its key. The bounds on rowid let the scan skip what can't match.
CREATE OR REPLACE TEMP TABLE compared AS
SELECT a.rowid AS arrival, a.row_key, h.rowid AS held_row, h.delivery_no AS held_delivery_no,
       h.source_row AS held_source_row, h.known_from AS held_known_from,
       ({same_content}) AS identical
FROM arrivals a
JOIN hits ON hits.key_hash = a.key_hash
JOIN {table} h ON h.rowid = hits.held_row
WHERE h.rowid BETWEEN $lowest AND $highest AND {same_key};
