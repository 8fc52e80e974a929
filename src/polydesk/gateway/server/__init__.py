"""A lean HTTP/1.1 server: llhttp's parser on an asyncio protocol, one task a request. Knows nothing of models."""
