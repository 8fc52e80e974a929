"""Who may use the gateway, how much, and what it may cost. Imports store, catalog and core only."""
