"""Where a raised alert goes: buzz now, posted in silence, into the digest, or held back for a named reason. Pure."""
