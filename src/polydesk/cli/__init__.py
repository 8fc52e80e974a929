"""The door for people at a terminal: arguments in, words or JSON out, one exit code for each kind of failure.

One file per group of commands; no rules of the trade inside. Imports everything below it, each command only when used.
"""
