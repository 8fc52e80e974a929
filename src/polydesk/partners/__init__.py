"""What calls cost at public prices. Imports catalog and core only."""
