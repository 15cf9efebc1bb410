-- The surrogate of every customer of the batch; new ones are numbered on.
CREATE OR REPLACE TEMP TABLE batch_refs AS SELECT DISTINCT customer_ref FROM batch WHERE customer_ref IS NOT NULL;

INSERT INTO customers
SELECT (SELECT coalesce(max(customer_id), 0) FROM customers) + row_number() OVER ()::INTEGER, customer_ref,
       (SELECT key_id FROM this_load)
FROM batch_refs ANTI JOIN customers USING (customer_ref);

CREATE OR REPLACE TEMP TABLE batch_customers AS
SELECT customer_ref, customer_id FROM customers SEMI JOIN batch_refs USING (customer_ref);
