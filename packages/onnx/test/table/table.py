"""Checks models and runs them with Debian's onnxruntime; see main.ts.

    python3 table.py FOLDER

FOLDER has for each case NAME.onnx, and NAME.npz with its inputs as in0, in1, … and the expected outputs as
out0, out1, …; a model without these is checked and loaded. The result, worst.json, has for each name the greatest difference of each output and the first element
of all, or a text that says what failed.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

# Where only the runtime is installed, its folder passes for the package.
if not hasattr(onnx, "load"):
    sys.exit("python3-onnx is not installed")


def difference(got, expected):
    """The greatest difference, absolute or relative, whichever is less."""
    if got.shape != expected.shape or got.dtype != expected.dtype:
        return float("inf")
    a, b = got.astype(np.float64), expected.astype(np.float64)
    with np.errstate(all="ignore"):
        absolute = np.abs(a - b)
        error = np.minimum(absolute, absolute / np.abs(b))
    error = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, error)
    return float(np.nan_to_num(error, nan=np.inf, posinf=np.inf).max(initial=0))


def run(path, values):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    # Everything else is as onnxruntime has it by default.
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    if values is None:
        return {"differences": [], "first": ""}
    feeds = {each.name: values[f"in{i}"] for i, each in enumerate(session.get_inputs())}
    results = session.run(None, feeds)
    return {
        "differences": [difference(result, values[f"out{i}"]) for i, result in enumerate(results)],
        "first": repr(float(results[0].ravel()[0])) if results[0].size > 0 else "",
    }


def run_all(paths, out):
    """Writes the results of cases, one a line."""
    for path in paths:
        try:
            numbers = path.with_suffix(".npz")
            result = run(path, np.load(numbers) if numbers.exists() else None)
        except Exception as error:  # what fails is told beside what does not
            result = f"{type(error).__name__}: {error}"
        out.write(f"{json.dumps(result)}\n")
        out.flush()


def results_of(paths):
    """The results of cases. An operator may end its process, as by a division by 0; another one goes on after it."""
    results = []
    while len(results) < len(paths):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with open(writing, "w") as out:
                run_all(paths[len(results) :], out)
            os._exit(0)
        os.close(writing)
        with open(reading) as lines:
            results += [json.loads(line) for line in lines if line.endswith("\n")]
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            results.append(f"ended by signal {os.WTERMSIG(status)}")
    return results


def main(folder):
    paths = sorted(folder.glob("*.onnx"))
    worst = dict(zip((path.stem for path in paths), results_of(paths)))
    (folder / "worst.json").write_text(json.dumps(worst).replace("Infinity", "1e999"))


main(Path(sys.argv[1]))
