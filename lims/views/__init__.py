"""The pages of the lab as a whole, and the shared screens that every app's records use."""
