UPDATE {table} SET key_hash = {key_hash};
UPDATE {table}_history SET key_hash = {key_hash};
