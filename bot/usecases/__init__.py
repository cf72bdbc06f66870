"""The order of steps: what is read, decided, written and said, and when."""
