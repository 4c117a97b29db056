"""What each Python model of dbt does: a module each, named after it."""
