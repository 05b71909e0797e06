"""A model, platforms, a load and targets -> the configurations that meet them, and why the others do not."""
