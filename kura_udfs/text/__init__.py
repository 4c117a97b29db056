"""What is said: parsed, redacted, counted, cut, told apart by language, summarised. Text in, text out."""
