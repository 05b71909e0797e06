"""The commands, one module each: what the user asked for -> the stages, the output, and the exit status."""
