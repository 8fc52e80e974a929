"""The one path that every model call takes: route, send, fall back, record. Imports everything below it."""
