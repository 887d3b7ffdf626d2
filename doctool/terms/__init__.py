"""Units, metrics, mechanisms, and the sentences about them in both languages."""
