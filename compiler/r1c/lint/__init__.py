"""Manifests, compose files and command lines that r1c did not create -> findings at their own lines."""
