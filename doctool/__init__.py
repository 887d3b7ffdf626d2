"""Keep performance documents true: detect, measure, render, commit."""

__version__ = "0.1.0"
__all__ = ["__version__"]
