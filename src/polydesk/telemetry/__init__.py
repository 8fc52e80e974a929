"""What is seen of a running Polydesk: metrics, traces and logs, made of finished receipts. Imports core only."""
