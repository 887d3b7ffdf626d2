"""Everything that was measured, on one page that needs no network; and what a change changes, for a reviewer."""
