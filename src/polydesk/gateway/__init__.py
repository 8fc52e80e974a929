"""The door for other programs: OpenAI- and Anthropic-compatible HTTP. No rules inside. Imports everything below it."""
