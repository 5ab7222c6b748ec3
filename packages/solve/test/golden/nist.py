"""
Writes nist.json from the 27 files of the Statistical Reference Datasets of NIST for nonlinear regression: data, starting
values, certified parameters with their standard deviations, and sums of squares. The files are in the public domain
(https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml).

    /usr/bin/python3 packages/solve/test/golden/nist.py FOLDER     (a folder with the .dat files)
"""

import json
import pathlib
import re
import sys


def lines_of(text, name):
    """The lines that the header of a file names."""
    first, last = map(int, re.search(name + r"\s*\(lines\s*(\d+)\s*to\s*(\d+)\)", text).groups())
    return text.splitlines()[first - 1 : last]


def read(path):
    text = path.read_text()
    rows = [list(map(float, line.split("=")[1].split())) for line in lines_of(text, "Starting Values")]
    data = [list(map(float, line.split())) for line in lines_of(text, "Data")]
    square = float(re.search(r"Residual Sum of Squares:\s*(\S+)", text).group(1))
    return {
        "y": [row[0] for row in data],
        "x": [[row[i] for row in data] for i in range(1, len(data[0]))],
        "starts": [[row[i] for row in rows] for i in (0, 1)],
        "parameters": [row[2] for row in rows],
        "errors": [row[3] for row in rows],
        "sumOfSquares": square,
    }


sets = {path.stem: read(path) for path in sorted(pathlib.Path(sys.argv[1]).glob("*.dat"))}
lines = [f"{json.dumps(name)}: {json.dumps(own)}" for name, own in sets.items()]
target = pathlib.Path(__file__).with_name("nist.json")
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(len(sets), "sets")
