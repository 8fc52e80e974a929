"""Questions about what has been done, asked of the records and answered without changing them."""
