"""Measures hot operations beside peers, in one run: only the ratios of one run can be compared."""
