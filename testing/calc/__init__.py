"""Arithmetic on measured curves: charge, half cycles, cycles, efficiencies and groups of cells."""
