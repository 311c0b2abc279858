"""Arithmetic on cells: loadings, capacities, balance and pressing."""
