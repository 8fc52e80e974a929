"""The nouns every other folder speaks in: messages, usage, money, receipts, errors. Imports nothing of ours."""
