"""`python -m doctool`."""

from doctool.cli import main

if __name__ == "__main__":
    main()
