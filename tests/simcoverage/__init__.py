"""What the simulators cover, from the SDKs and the routes themselves; `docs/simulator-coverage.md` is made of it."""
