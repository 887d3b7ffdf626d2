"""Files, locks and child processes: everything that asks the operating system."""
