"""What a generated machine needs to run: base types, drivers, history, coverage."""
