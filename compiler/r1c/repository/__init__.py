"""r1c.yaml, the file of a repository: places of profiles and outputs, defaults, and what they may use."""
