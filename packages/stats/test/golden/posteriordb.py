"""Writes `posteriordb.json`: data of posteriors of posteriordb, and the means and variances of its reference draws.

    git clone https://github.com/stan-dev/posteriordb && git clone https://github.com/arviz-devs/arviz-stats
    /usr/bin/python3 packages/stats/test/golden/posteriordb.py posteriordb arviz-stats/src

The standard errors of the means and variances are computed by arviz-stats. The licence of posteriordb is beside this file.
"""

import io
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np

repository = sys.argv[1]
sys.path.insert(0, sys.argv[2])
from arviz_stats.base import array_stats as az  # noqa: E402

NAMES = [
    "eight_schools-eight_schools_noncentered",
    "kidiq-kidscore_momhs",
    "kidiq-kidscore_momiq",
    "kidiq-kidscore_momhsiq",
    "kidiq-kidscore_interaction",
    "sblrc-blr",
    "arK-arK",
    "garch-garch11",
    "gp_pois_regr-gp_regr",
    "low_dim_gauss_mix-low_dim_gauss_mix",
]
WANTED = {
    "kidiq": ["kid_score", "mom_hs", "mom_iq"],
    "sblrc": ["X", "y"],
    "arK": ["y"],
    "garch": ["y", "sigma1"],
    "gp_pois_regr": ["x", "y"],
    "low_dim_gauss_mix": ["y"],
    "eight_schools": ["y", "sigma"],
}


def read(path):
    packed = subprocess.run(["git", "-C", repository, "show", f"HEAD:posterior_database/{path}.json.zip"],
                            capture_output=True, check=True).stdout
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return json.loads(archive.read(archive.namelist()[0]))


axes = {"chain_axis": 0, "draw_axis": 1}
data = {name: {key: read(f"data/data/{name}")[key] for key in keys} for name, keys in WANTED.items()}
posteriors = []
for name in NAMES:
    chains = read(f"reference_posteriors/draws/draws/{name}")
    unknowns = {}
    for key in chains[0]:
        if key.startswith("theta_trans"):
            continue
        x = np.array([chain[key] for chain in chains], dtype=float)
        squares = (x - x.mean()) ** 2
        unknowns[key] = {
            "mean": x.mean(), "meanError": float(az.mcse(x, method="mean", **axes)),
            "variance": squares.mean(), "varianceError": float(az.mcse(squares, method="mean", **axes)),
        }
    posteriors.append({"name": name, "data": name.split("-")[0], "unknowns": unknowns})

commit = subprocess.run(["git", "-C", repository, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
text = json.dumps({"madeBy": f"posteriordb {commit}, NumPy {np.__version__}", "data": data, "posteriors": posteriors})
(pathlib.Path(__file__).parent / "posteriordb.json").write_text(text + "\n")
