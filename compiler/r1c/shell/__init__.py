"""A container's command and environment -> the commands that its shell script runs, word by word."""
