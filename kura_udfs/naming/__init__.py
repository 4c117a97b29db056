"""Names of clusters without a language model."""
