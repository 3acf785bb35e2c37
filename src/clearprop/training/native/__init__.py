"""Training as generated C: a plan goes in, a compiled chunk of steps comes out."""
