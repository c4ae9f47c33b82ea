"""`senexsim drift`: does the real API still answer in the shapes that the simulator has? For who has credentials."""
