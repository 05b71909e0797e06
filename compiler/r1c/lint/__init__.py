"""Manifests, compose files and command lines that r1c did not make -> findings at their own lines."""
