"""Checks models and runs them with Debian's onnxruntime; see main.ts.

    python3 table.py FOLDER

FOLDER has for each case NAME.onnx, and NAME.npz with its inputs as in0, in1, … and the expected outputs as
out0, out1, … The result, worst.json, has for each name the greatest difference of each output, or a text that
says what failed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort


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
    # Beyond BASIC the optimizer breaks valid models of float64: it fuses Transpose with MatMul. Folding
    # constants without elements it leaves nodes that read what is gone.
    levels = ort.GraphOptimizationLevel
    empty = any(values[name].size == 0 for name in values)
    options.graph_optimization_level = levels.ORT_ENABLE_ALL
    options.log_severity_level = 4
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feeds = {each.name: values[f"in{i}"] for i, each in enumerate(session.get_inputs())}
    results = session.run(None, feeds)
    return [difference(result, values[f"out{i}"]) for i, result in enumerate(results)]


def main(folder):
    worst = {}
    for path in sorted(folder.glob("*.onnx")):
        try:
            worst[path.stem] = run(path, np.load(path.with_suffix(".npz")))
        except Exception as error:  # what fails is told beside what does not
            worst[path.stem] = f"{type(error).__name__}: {error}"
    (folder / "worst.json").write_text(json.dumps(worst).replace("Infinity", "1e999"))


main(Path(sys.argv[1]))
