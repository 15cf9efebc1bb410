SELECT r.* FROM rejects r JOIN deliveries d USING (delivery_no) WHERE d.known_from <= $instant
