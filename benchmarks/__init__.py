"""What is measured, runnable."""
