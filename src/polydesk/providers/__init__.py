"""Send one request to one provider and translate its failures. Imports wire, catalog and core only.

A provider's address, credential, transport and error translation live here; its JSON lives in `wire/`.
"""
