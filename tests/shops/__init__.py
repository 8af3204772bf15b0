"""Real shops, and what is true of them: the lists that ``inspect_source`` is measured against."""
