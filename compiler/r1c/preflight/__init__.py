"""A recipe and a snapshot of its cluster -> what keeps the cluster from taking it."""
