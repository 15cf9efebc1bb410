SELECT * FROM clauses ORDER BY clause_no
