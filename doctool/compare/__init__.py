"""Records over time: two releases side by side, and a figure over the commits."""
