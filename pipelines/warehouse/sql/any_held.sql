SELECT (EXISTS (FROM {table}) OR EXISTS (FROM {table}_history))::INTEGER
