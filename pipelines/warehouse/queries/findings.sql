-- Every finding that a run has made, closed ones included.
SELECT * FROM findings ORDER BY finding_id
