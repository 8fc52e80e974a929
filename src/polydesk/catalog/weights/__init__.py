"""Manifests of models' weights: what a file must be and where it can be had, one TOML file each. Imports: core only."""
