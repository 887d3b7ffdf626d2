"""Try every hostile input on the doctool of this checkout: `python -m tests.hostile [WORDS]`.

Ends with 0 if every row holds. WORDS choose the rows whose names hold them. Beside each row stand the processor time and
the memory of its dearest command.
"""

import sys
import tempfile
from pathlib import Path

from tests.hostile.rows import ROWS, problems_of_row


def main():
    chosen = [row for row in ROWS if all(word in row.name for word in sys.argv[1:])]
    failed = 0
    for row in chosen:
        costs = []
        with tempfile.TemporaryDirectory(prefix="hostile-") as directory:
            problems = problems_of_row(row, Path(directory), costs)
        failed += bool(problems)
        most_s, most_mb = (max(part) for part in zip(*costs, strict=True))
        state = "fails" if problems else "holds"
        print(f"{state}  {row.name}  ({most_s:.1f} s, {most_mb:.0f} MB)", flush=True)
        for problem in problems:
            print("       " + problem.encode("unicode_escape").decode().replace("\\n", "\n       "))
    print(f"{len(chosen) - failed} of {len(chosen)} rows hold")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
