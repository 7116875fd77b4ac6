"""Specs that are broken or mean harm, as data, and what is said of each."""
