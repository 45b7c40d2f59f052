"""The trail: what was asked, by whom, and what was answered."""
