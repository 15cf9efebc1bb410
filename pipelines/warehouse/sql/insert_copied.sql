INSERT INTO {table} BY NAME SELECT * FROM copied_rows
