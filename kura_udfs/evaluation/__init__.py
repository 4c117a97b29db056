"""How good a result is: against labels that people gave, by its names, by its stability, by a truth that is known."""
