"""Arithmetic on powders: coatings and compositions."""
