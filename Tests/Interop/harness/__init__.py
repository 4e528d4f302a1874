"""What the end-to-end tests start, wait for and ask: processes, PostgreSQL, the local chain, miners, the gateway."""
