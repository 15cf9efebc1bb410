SELECT * FROM queues ORDER BY queue_code
