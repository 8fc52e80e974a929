"""What calls cost: public prices, and the ledger's charges. Imports catalog and core only."""
