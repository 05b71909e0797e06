"""A recipe and a snapshot of its cluster -> what prevents the cluster from running it."""
