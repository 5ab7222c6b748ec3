"""Writes `arviz.json`: what ArviZ reads in the JSON that `arviz.mjs` prints. It needs xarray and lazy_loader.

    git clone https://github.com/arviz-devs/arviz-base
    /usr/bin/python3 packages/stats/test/golden/arviz.py arviz-base/src    # after a build
"""

import json
import pathlib
import subprocess
import sys

import numpy
import xarray

sys.path.insert(0, sys.argv[1])
import arviz_base as arviz  # noqa: E402

here = pathlib.Path(__file__).parent
written = subprocess.run(["node", here / "arviz.mjs"], capture_output=True, text=True, check=True).stdout
groups = {group: {name: numpy.array(x) for name, x in of.items()} for group, of in json.loads(written).items()}
read = arviz.from_dict(groups)
summary = {
    group: {
        name: {"dims": x.dims, "dtype": str(x.dtype), "values": x.values.ravel().tolist()}
        for name, x in read[group].data_vars.items()
    }
    for group in read.children
}
folder = pathlib.Path(sys.argv[1])
commit = subprocess.run(["git", "-C", folder, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
text = json.dumps({"madeBy": f"arviz-base {commit}, xarray {xarray.__version__}", "written": json.loads(written), "read": summary})
(here / "arviz.json").write_text(text + "\n")
