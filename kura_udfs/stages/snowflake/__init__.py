"""What the stages do where rows are better worked on by Snowflake: they write the query, it does the rest."""
