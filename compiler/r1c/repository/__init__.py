"""r1c.yaml, the file of a repository: where profiles and outputs are, what all inherit, what they may use."""
