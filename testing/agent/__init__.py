"""The program that runs on an instrument's computer; served as one file, and never imported by the lab."""
