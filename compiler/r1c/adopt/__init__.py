"""What people run today -> a draft of a profile: the parts that all importers share."""
