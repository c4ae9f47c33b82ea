"""The suite; run from the root of the checkout."""
