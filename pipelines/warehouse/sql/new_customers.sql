-- Customers of the batch who were never seen before are numbered on.
INSERT INTO customers
SELECT (SELECT coalesce(max(customer_id), 0) FROM customers) + row_number() OVER ()::INTEGER, customer_ref,
       $key_id
FROM (SELECT DISTINCT customer_ref FROM batch WHERE customer_ref IS NOT NULL) ANTI JOIN customers USING (customer_ref);
