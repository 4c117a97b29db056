"""What a Python model needs of a warehouse, a module for each: to read, to look up, to keep, to hand back."""
