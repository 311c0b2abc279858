"""The pages of the materials app."""
