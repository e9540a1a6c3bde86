"""The bot: slash commands in, finished clips out."""
