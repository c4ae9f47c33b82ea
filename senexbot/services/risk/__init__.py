"""Risk alerts: what is looked at of an account, what is raised and ended, and what a person does about it."""
