"""The renderer process: turns one shot into one trimmed clip. Never imports `bot` or `db`."""
