"""Answers given again without asking a model. Imports from below the gateway, and its doors; never an exchange."""
