-- The numbers of the batch's customers. The batch is the small side, however many customers there are in all.
SELECT customer_ref, customer_id FROM customers SEMI JOIN batch USING (customer_ref)
