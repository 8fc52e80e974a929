"""Fetching weights into the user's cache, by content: pull, list, remove. Imports: core and catalog only."""
