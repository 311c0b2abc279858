"""Reports: freezing what they say, printing them, and telling when they no longer hold."""
