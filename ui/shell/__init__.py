"""The frame around the pages: the menu, and what the server does at its start and end."""
