"""The one configuration file: its sections, how it is found, read and checked, and what it makes of the catalog.

Imports: the environment's settings and everything below them; no object that works is built here.
"""
