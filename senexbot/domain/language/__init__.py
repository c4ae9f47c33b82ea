"""The order language: one grammar for command, message, mention and modal. Reading only; no market."""
