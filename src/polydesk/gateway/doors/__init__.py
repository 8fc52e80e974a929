"""The dialects that clients speak to us: each reads a request, and writes answers, streams and errors."""
