"""The pages of the testing app, and what it adds to the pages of cells and studies."""
