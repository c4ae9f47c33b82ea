"""What `senexbot doctor` looks at. Checks only read, and tell nothing that has to stay secret."""
