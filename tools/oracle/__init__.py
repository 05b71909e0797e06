"""What vLLM itself says of a profile: its own start-up validation, without weights or a GPU, against r1c.

`node`, `groups`, `stages` and `judge` run in an environment with a vLLM release; the others run with r1c.
docs/oracle.md says what is simulated and what is not covered.
"""
