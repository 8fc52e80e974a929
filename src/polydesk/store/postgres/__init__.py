"""Records in a PostgreSQL database that many processes and machines share."""
