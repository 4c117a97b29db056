"""All that asks a model: questions, answers and vectors that are paid once, and who answers them."""
