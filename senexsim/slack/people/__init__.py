"""What people do in the workspace and what follows from it."""
