"""What SQL calls, a module for each engine."""
