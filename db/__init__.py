"""The database, which is also the queue. Imports the standard library, aiosqlite and pydantic only."""
