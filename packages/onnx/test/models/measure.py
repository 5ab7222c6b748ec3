"""Runs models with Debian's onnxruntime on one thread, and tells outputs and times; see main.ts.

    /usr/bin/python3 test/models/measure.py FOLDER [ROUNDS]

FOLDER has models.json, as models.py writes it, and for each of its names models NAME.WAY.onnx, where a way is what the
model is exported by, besides NAME.onnx, which is PyTorch's own. The result, measured.json, has for each name and way
{ difference, milliseconds, bytes, nodes }: the greatest difference to PyTorch's output, relative to its greatest number,
and the least time of a run, of which the ways take turns.
"""

import json
import pathlib
import sys
import time

import numpy as np
import onnx
import onnxruntime as ort


def session_of(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def array_of(told, kind):
    dtype = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32}[kind]
    return np.array(told["values"], dtype).reshape(told["shape"])


def count_of(graph):
    """The nodes of a graph and of the bodies in it, but for constants."""
    bodies = [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    return sum(node.op_type != "Constant" for node in graph.node) + sum(map(count_of, bodies))


def measured(folder, name, about, rounds):
    paths = {"torch": folder / f"{name}.onnx"}
    paths |= {path.name.split(".")[1]: path for path in sorted(folder.glob(f"{name}.*.onnx"))}
    sessions, results = {}, {}
    for way, path in paths.items():
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = session_of(path)
        feeds = {each.name: array_of(told, each.type) for each, told in zip(session.get_inputs(), about["inputs"])}
        wanted = array_of(about["output"], "tensor(float)")
        (got, *_) = session.run(None, feeds)
        scale = np.abs(wanted).max()
        sessions[way] = (session, feeds)
        results[way] = {
            "difference": float(np.abs(got - wanted).max() / scale) if got.shape == wanted.shape else 1e9,
            "bytes": path.stat().st_size,
            "nodes": count_of(model.graph),
            "opset": model.opset_import[0].version,
        }
    start = time.perf_counter()
    for session, feeds in sessions.values():
        for _ in range(5):
            session.run(None, feeds)
    # As many runs a round as take about a millisecond for each way.
    once = (time.perf_counter() - start) / (5 * len(sessions))
    runs = max(1, int(2e-3 / once))
    times = {way: [] for way in sessions}
    for _ in range(rounds):
        for way, (session, feeds) in sessions.items():
            start = time.perf_counter()
            for _ in range(runs):
                session.run(None, feeds)
            times[way].append((time.perf_counter() - start) / runs)
    for way, list_of in times.items():
        results[way]["milliseconds"] = 1e3 * sorted(list_of)[len(list_of) // 4]
    return results


def main(folder, rounds):
    about = json.loads((folder / "models.json").read_text())
    found = {name: measured(folder, name, own, rounds) for name, own in about.items()}
    (folder / "measured.json").write_text(json.dumps(found))


main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
