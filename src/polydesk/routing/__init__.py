"""From a call's needs to a plan of models to ask, in order. Pure: no I/O. Imports catalog and core only."""
