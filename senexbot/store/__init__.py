"""The store: the only SQL. Serves ports.Store on SQLite and PostgreSQL and knows no use case."""
