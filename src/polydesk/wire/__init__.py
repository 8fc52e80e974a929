"""Vendors' JSON to and from our messages, both sides of every dialect, streams included. Imports core only.

Everything here is a pure function of parsed JSON, or a small machine that is fed one stream event at a time: no
network, no clock, no environment. Providers are the client side, and a gateway is the server side, of the same code.
"""
