"""The scripts of the first users' guide, over doctool's measuring code.

The only part of mmrec that knows doctool.
"""
