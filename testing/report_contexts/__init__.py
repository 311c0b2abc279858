"""From frozen snapshots to what the printed pages show; a module for each kind of report."""
