INSERT INTO customers SELECT customer_id, customer_ref, $key_id FROM batch
