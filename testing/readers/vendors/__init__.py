"""Text exports of the cyclers that labs own, each described by what its header says."""
