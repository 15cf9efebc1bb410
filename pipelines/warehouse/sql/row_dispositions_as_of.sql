SELECT r.* FROM row_dispositions r JOIN deliveries d USING (delivery_no) WHERE d.known_from <= $instant
