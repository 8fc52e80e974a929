"""Limits and budgets that many workers and machines keep together, in Valkey or Redis."""
