"""What people run today -> a draft of the profile: the pieces that every way in shares."""
