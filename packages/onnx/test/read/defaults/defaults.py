"""Writes defaults.json: what attributes that a model leaves out are, by ONNX's schema and by onnxruntime.

    /usr/bin/python3 packages/onnx/test/read/defaults/defaults.py     (python3-onnx, python3-onnxruntime, libonnx-testdata)

For each operator that cases.json has, and each attribute that may be left out, in the newest version and in older ones with
another default: a model of ONNX's own tests without it, the outputs of onnxruntime (where that lacks the operator, of onnx's
reference), the attribute with its default, and with another value, for which the outputs are others.
"""

import base64
import itertools
import json
import multiprocessing
import pathlib
import re

import numpy as np
import onnx
import onnx.defs
import onnx.reference
import onnxruntime
from onnx import AttributeProto, helper, numpy_helper

TESTS = pathlib.Path("/usr/share/libonnx-testdata/data/node")
HERE = pathlib.Path(__file__).parent
LARGEST = 9000
# The models of each operator that are tried, and the values of each attribute.
CASES = 12
VALUES = 12
# onnxruntime runs no older versions.
OLDEST = 7
# Attributes that are not left out, and why: other values of theirs tell nothing.
KEPT = {
    ("TopK", "sorted"): "any order is right where it is 0",
    ("RoiAlign", "sampling_ratio"): "0, its default, is refused: it depends on the boxes",
    **{
        (f"Reduce{name}", "noop_with_empty_axes"): "onnxruntime 1.21 returns the input; newer ones, and ONNX since 1.18, what becomes of each element"
        for name in ("L1", "L2", "LogSum", "LogSumExp", "SumSquare")
    },
}
onnxruntime.set_default_logger_severity(4)


def single(op, *inputs, version=18, **attributes):
    """A model of one operator that shows what ONNX's tests do not."""
    names = [f"x{i}" for i in range(len(inputs))]
    node = helper.make_node(op, names, ["y"], **attributes)
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in zip(names, inputs)]
    result = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([node], op, infos, [result])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8), list(inputs)


def steps(*shape):
    """Numbers of both signs."""
    count = int(np.prod(shape))
    return (np.sin(3 * np.arange(count)) * 2).astype(np.float32).reshape(shape)


def recurrent(op, gates):
    return single(op, steps(3, 1, 2), steps(1, 2 * gates, 2), 0.3 * steps(1, 2 * gates, 2))


SINGLES = [
    single("GlobalLpPool", steps(1, 1, 4)),
    single("LpNormalization", steps(2, 2)),
    single("RandomNormal", shape=[3], seed=1.0),
    single("RandomNormalLike", steps(3), seed=1.0),
    single("RandomUniform", shape=[3], seed=1.0),
    single("RandomUniformLike", steps(3), seed=1.0),
    single("Multinomial", steps(1, 4), seed=1.0),
    single("Celu", steps(5)),
    single("Gemm", steps(2, 2), steps(2, 2), steps(2)),
    single("Upsample", steps(1, 1, 2, 2), np.array([1, 1, 2, 2], np.float32), version=9),
    single("Pad", steps(2, 2), pads=[0, 1, 1, 0], version=7),
    single("Clip", 2 * steps(6), version=7),
    single("Squeeze", steps(1, 3, 1), version=11),
    single("Slice", steps(4, 4), starts=[1, 0], ends=[3, 2], version=7),
    single("Split", steps(4, 4), version=11),
    single("ConvInteger", np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4), np.arange(4, dtype=np.uint8).reshape(1, 1, 2, 2)),
    single("Conv", steps(1, 2, 4), steps(2, 1, 2), group=2),
    single("Resize", steps(1, 1, 2, 2), np.array([0, 0, 0, 0, 1, 1, 1.5, 1.5], np.float32), np.array([], np.float32), np.array([1, 1, 3, 3], np.int64), mode="linear", coordinate_transformation_mode="tf_crop_and_resize"),
    recurrent("RNN", 1),
    recurrent("GRU", 3),
    recurrent("LSTM", 4),
]


def bases():
    """The models of one operator among ONNX's tests, with their inputs, by operator, the smallest first."""
    found = {}
    for own in SINGLES:
        found.setdefault(own[0].graph.node[0].op_type, []).append(own)
    for folder in sorted(TESTS.iterdir()):
        model = onnx.load(folder / "model.onnx")
        if len(model.graph.node) != 1 or model.functions:
            continue
        files = sorted((folder / "test_data_set_0").glob("input_*.pb"), key=lambda own: int(own.stem[6:]))
        try:
            inputs = [numpy_helper.to_array(onnx.load_tensor(own)) for own in files]
        except Exception:
            continue  # sequences and optional tensors
        if any(x.dtype.kind not in "fiub" or x.dtype.itemsize > 8 for x in inputs):
            continue
        found.setdefault(model.graph.node[0].op_type, []).append((model, inputs))
    size = lambda own: own[0].ByteSize() + sum(x.nbytes for x in own[1])
    return {name: sorted((own for own in list_ if size(own) < LARGEST), key=size)[:CASES] for name, list_ in found.items()}


def serve(pipe):
    while True:
        pipe.send(run(*pipe.recv()))


worker = None


def outputs_of(model, inputs):
    """The outputs by a process of its own, which models that are none may end; None for these."""
    global worker
    if worker is None:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        worker = ours
    try:
        worker.send((model, inputs))
        return worker.recv()
    except (EOFError, OSError):
        worker = None
        return None


def run(model, inputs):
    """The outputs by onnxruntime, else by the reference; None where the model is no model."""
    names = [own.name for own in model.graph.input]
    feeds = dict(zip(names, inputs))
    # Shapes that were right with the attribute need not be right without.
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"]).run(None, feeds)
    except Exception as error:
        if "NOT_IMPLEMENTED" not in str(error) and "is not a registered" not in str(error):
            return None
    try:
        return onnx.reference.ReferenceEvaluator(model).run(None, feeds)
    except Exception:
        return None


def changed(model, removed, attribute=None):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    node = copy.graph.node[0]
    kept = [own for own in node.attribute if own.name not in removed]
    del node.attribute[:]
    node.attribute.extend(kept + ([attribute] if attribute is not None else []))
    return copy


def same(a, b):
    alike = lambda x, y: x.shape == y.shape and x.dtype == y.dtype and np.allclose(x, y, 1e-6, 1e-7, equal_nan=True)
    return len(a) == len(b) and all(alike(np.asarray(x), np.asarray(y)) for x, y in zip(a, b))


def others(schema, name, seen):
    """Values of an attribute that may make a difference: those of the tests first."""
    own = schema.attributes[name]
    default = helper.get_attribute_value(own.default_value) if own.default_value.name else None
    kind = own.type
    types = AttributeProto
    if kind.name == "FLOAT":
        made = [0.3, 2.5, 0.7, -0.6, 1.7]
    elif kind.name == "INT":
        made = [(default or 0) + 1, (default or 0) - 1, 0, 1, 2, 3, onnx.TensorProto.DOUBLE, onnx.TensorProto.INT32]
    elif kind.name == "STRING":
        made = re.findall(r"[`'\"](\w+)[`'\"]", own.description + schema.doc)
    elif kind.name == "INTS":
        made = [list(v) for k in (1, 2, 3, 4, 6) for v in ([1] * k, [2] * k, [0] * k, [-1] * k, [0, 1][:k] * max(1, k // 2))]
        made += [list(v) for v in itertools.permutations(range(3))]
    elif kind.name == "FLOATS":
        made = [[0.3] * k for k in (1, 2, 3, 4)]
    elif kind.name == "STRINGS":
        made = [[text] * k for text in ("Relu", "Tanh") for k in (1, 2, 3)]
    elif kind.name == "TENSOR":
        made = [numpy_helper.from_array(np.array([7], np.float32)), numpy_helper.from_array(np.array([7], np.int64))]
    else:
        made = []
    for value in [*seen, *made]:
        try:
            attribute = helper.make_attribute(name, value)
        except Exception:
            continue
        if attribute.type == getattr(types, kind.name) and (default is None or value != default):
            yield attribute


def encode(data):
    return base64.b64encode(data).decode()


def tensors(values):
    return [encode(numpy_helper.from_array(np.asarray(own)).SerializeToString()) for own in values]


def schemas_of(name, domain):
    """The newest schema, and older ones with attributes that it does not have, or with another default."""
    everything = [own for own in onnx.defs.get_all_schemas_with_history() if own.name == name and own.domain == domain and not own.deprecated]
    everything.sort(key=lambda own: -own.since_version)
    optional = lambda schema: {key: own.default_value.SerializeToString() for key, own in schema.attributes.items() if not own.required}
    chosen, known = [], {}
    end = 23
    for schema in everything:
        if end <= OLDEST:
            break
        end = schema.since_version
        news = [key for key, value in optional(schema).items() if known.get(key) != value]
        known.update({key: optional(schema)[key] for key in news})
        if news:
            chosen.append((schema, news))
    return chosen


def tried(schema, wanted, cases, seen):
    """The models in which attributes are left out, each with those of them that make a difference."""
    rest, models = list(wanted), []
    candidates = []
    for model, inputs in cases:
        for removed in [wanted, *[[name] for name in wanted]]:
            copy = changed(model, removed)
            present = {own.name for own in copy.graph.node[0].attribute}
            if any(own not in schema.attributes for own in present):
                continue
            for own in copy.opset_import:
                if own.domain == schema.domain:
                    own.version = own.version if schema is newest[schema.name] else max(schema.since_version, OLDEST)
            given = inputs[: schema.max_input]
            node = copy.graph.node[0]
            if len(node.input) > len(given) and schema is not newest[schema.name]:
                del node.input[len(given) :], copy.graph.input[len(given) :]
            candidates.append((copy, given, {name for name in wanted if name not in present}))
    for model, inputs, absent in candidates:
        todo = [name for name in rest if name in absent]
        if not todo:
            continue
        expected = outputs_of(model, inputs)
        if expected is None or any(np.asarray(own).dtype.kind not in "fiub" for own in expected):
            continue
        found = []
        for name in todo:
            default = schema.attributes[name].default_value
            if default.name:
                got = outputs_of(changed(model, [], default), inputs)
                if got is None or not (same(got, expected) or "Random" in schema.name):
                    print(f"{schema.name} {schema.since_version}: the default of {name} written out gives other numbers")
                    continue
            for attribute in itertools.islice(others(schema, name, seen.get(name, [])), VALUES):
                got = outputs_of(changed(model, [], attribute), inputs)
                if got is not None and not same(got, expected):
                    entry = {"name": name, "default": encode(default.SerializeToString()) if default.name else None}
                    found.append(entry | {"other": encode(attribute.SerializeToString()), "outputs": tensors(got)})
                    rest.remove(name)
                    break
        if found:
            own = {"version": schema.since_version, "model": encode(model.SerializeToString())}
            models.append(own | {"inputs": tensors(inputs), "outputs": tensors(expected), "attributes": found})
    return models, rest


names = {own["operator"] for own in json.loads((HERE / "../golden/cases.json").read_text()).values()} | {own.graph.node[0].op_type for own, _ in SINGLES}
newest = {}
result = {}
by_operator = bases()
for full in sorted(names):
    domain, _, name = full.rpartition(".")
    cases = by_operator.get(name, [])
    result[full] = {"models": [], "without": []}
    seen = {}
    for model, _ in cases:
        for own in model.graph.node[0].attribute:
            value = helper.get_attribute_value(own)
            seen.setdefault(own.name, [])
            if own.type not in (AttributeProto.GRAPH, AttributeProto.TENSOR) and value not in seen[own.name]:
                seen[own.name].append(value)
    for schema, every in schemas_of(name, domain):
        wanted = [own for own in every if (name, own) not in KEPT]
        newest.setdefault(name, schema)
        models, rest = tried(schema, wanted, cases, seen)
        result[full]["models"] += models
        result[full]["without"] += [f"{own} of version {schema.since_version}" for own in rest]
count = sum(len(model["attributes"]) for own in result.values() for model in own["models"])
without = sum(len(own["without"]) for own in result.values())
target = HERE / "defaults.json"
target.write_text(json.dumps(result, indent=1) + "\n")
print(f"{count} attributes of {len(result)} operators, {without} without a difference, {target.stat().st_size} bytes")
