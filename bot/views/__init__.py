"""Buttons and modals. Their state lives in the database: a custom id names the row, and works after a restart."""
