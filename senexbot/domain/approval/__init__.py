"""Second persons: requests, who may decide, envelopes, mandates and deputies."""
