"""The Web API: one function per method, and the door they stand behind."""
