"""The pages of the cells app. What was measured on a cell is added by the app above."""
