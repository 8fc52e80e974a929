"""Providers, models, hosts, capabilities and weights as data with source and date. Imports core only."""
