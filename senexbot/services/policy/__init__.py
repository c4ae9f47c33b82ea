"""The desk's policy: edited by its people, gathered for one order."""
