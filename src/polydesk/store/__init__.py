"""The database of records: charges, receipts and original documents. Imports core only."""
