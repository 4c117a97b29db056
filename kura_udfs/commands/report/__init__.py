"""One HTML file to send around: map, tree, trends, examples, without a server and without a script."""
