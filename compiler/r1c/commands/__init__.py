"""The commands, one module each: their options -> the stages, the output and the exit status."""
