"""What only a store of several machines must keep to."""
