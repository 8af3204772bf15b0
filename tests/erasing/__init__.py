"""Erasures from the request to the letter, on a real shop's database of their own."""
