"""What ``lawful generate`` writes from the specs under ``spec/``; checked in, checked for drift."""
