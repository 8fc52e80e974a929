"""Vectors of texts from a table with one vector for each token, in plain Python: no engine, no vendor."""
