"""A laboratory whose truth is known: simulated cells, marked as simulated wherever they go."""
