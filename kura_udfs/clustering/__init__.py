"""Base clusters, the tree over them, the map."""
