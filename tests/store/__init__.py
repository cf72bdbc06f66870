"""The store: one behaviour suite, the data file, its faults."""
