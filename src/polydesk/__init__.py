"""Polydesk: a copilot for real office files on any mix of vendors' and in-house models."""

__version__ = "0.1.0"
