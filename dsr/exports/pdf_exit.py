"""The exit codes by which the PDF's child process tells its parent how it went."""

DONE, UNAVAILABLE, TOO_LARGE, BROKEN = 0, 3, 4, 5
