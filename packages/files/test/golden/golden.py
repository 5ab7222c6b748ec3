"""Files of NumPy and of Python's safetensors, and what is in them.

    /usr/bin/python3 test/golden/golden.py make            writes the files beside this one
    /usr/bin/python3 test/golden/golden.py check FOLDER    reads what this package has written

The packages of Debian: python3-numpy, python3-safetensors, python3-torch.
"""

import json
import math
import pathlib
import sys
import zipfile

import numpy
import safetensors
import safetensors.numpy

HERE = pathlib.Path(__file__).parent
EDGES = [0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, math.nan, 1e-30, 3e38]


def plain(value):
    """JSON has neither NaN nor infinities nor a negative zero: floats as texts."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return repr(value) if isinstance(value, float) else value


def told(array):
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "values": plain(array.ravel().tolist()),
    }


def matrix(dtype):
    return (numpy.arange(6) * 1.25 - 3).astype(dtype).reshape(2, 3)


def arrays():
    yield "float32", numpy.array(EDGES, "<f4")
    yield "float64", numpy.array(EDGES + [1e-300], "<f8").reshape(2, 5)
    yield "float32-big", matrix(">f4")
    yield "float64-big", matrix(">f8")
    yield "int32", numpy.array([[0, -1], [2**31 - 1, -(2**31)]], "<i4")
    yield "int32-big", matrix(">i4")
    yield "bool", numpy.array([[[True], [False]]])
    yield "scalar", numpy.array(2.5)
    yield "empty", numpy.zeros((0, 3), "<f4")
    yield "fortran", numpy.asfortranarray(matrix("<f4"))
    yield "fortran-big", numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4).astype(">i4"))
    yield "float16", numpy.array([0, -0.0, 1, 65504, 6e-8, math.inf, math.nan, -1 / 3], "<f2")
    yield "float16-big", matrix(">f2")
    yield "int64", numpy.array([1, -2, 2**31 - 1], "<i8")
    yield "int64-big", numpy.array([1, -2, -(2**31)], ">i8")
    yield "uint8", numpy.array([0, 255], "u1")
    yield "int8", numpy.array([-128, 127], "i1")
    yield "uint16", numpy.array([0, 65535], "<u2")
    yield "int16", numpy.array([-32768, 32767], ">i2")
    yield "uint32", numpy.array([0, 7], "<u4")
    yield "uint64", numpy.array([0, 7], "<u8")


def refused():
    yield "int64-large", numpy.array([2**40], "<i8")
    yield "uint32-large", numpy.array([2**31], "<u4")
    yield "complex", numpy.array([1j])
    yield "text", numpy.array(["text"])
    yield "date", numpy.array(["2020-01-01"], "M8[D]")
    yield "structure", numpy.array([(1, 2.0)], [("a", "<i4"), ("b", "<f8")])


def save(name, array, version=(1, 0)):
    with open(HERE / name, "wb") as file:
        numpy.lib.format.write_array(file, array, version=version, allow_pickle=False)


def make():
    for old in HERE.glob("*.np[yz]"):
        old.unlink()
    expected = {"npy": {}, "refused": {}, "npz": {}, "safetensors": {}}
    for name, array in arrays():
        save(f"{name}.npy", array)
        expected["npy"][f"{name}.npy"] = told(array)
    for version in (2, 3):
        save(f"version{version}.npy", matrix("<f8"), (version, 0))
        expected["npy"][f"version{version}.npy"] = told(matrix("<f8"))
    for name, array in refused():
        save(f"{name}.npy", array)
        expected["refused"][f"{name}.npy"] = array.dtype.str
    several = {
        "w": matrix("<f4"),
        "layers.0.bias": numpy.zeros(600, "<f8"),
        "größe": numpy.array([1, 2], "<i4"),
        "scalar": numpy.array(True),
    }
    numpy.savez(HERE / "stored.npz", **several)
    numpy.savez_compressed(HERE / "deflated.npz", **several)
    for name in ("stored.npz", "deflated.npz"):
        expected["npz"][name] = {key: told(array) for key, array in several.items()}
    make_safetensors(expected["safetensors"])
    expected["torch"] = make_torch()
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (HERE / "expected.json").write_text(text + "\n")


def make_safetensors(expected):
    import safetensors.torch
    import torch

    tensors = {
        "float32": torch.tensor(EDGES),
        "float64": torch.tensor([EDGES + [1e-300]], dtype=torch.float64),
        "layers.0.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) * 1.25,
        "int32": torch.tensor([[0, -1], [2**31 - 1, -(2**31)]], dtype=torch.int32),
        "bool": torch.tensor([True, False, True]),
        "float16": torch.tensor([0.0, -0.0, 1, 65504, 6e-8, math.inf, math.nan], dtype=torch.float16),
        "bfloat16": torch.tensor([0.0, -0.0, 1, 3.3895e38, 1e-40, math.inf, math.nan, 1 / 3]).bfloat16(),
        "int64": torch.tensor([1, -2, 2**31 - 1]),
        "uint8": torch.tensor([0, 255], dtype=torch.uint8),
        "int8": torch.tensor([-128, 127], dtype=torch.int8),
        "int16": torch.tensor([-32768, 32767], dtype=torch.int16),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
    }
    metadata = {"größe": 'a "text"\n', "format": "pt"}
    safetensors.torch.save_file(tensors, HERE / "torch.safetensors", metadata)
    expected["torch.safetensors"] = {
        "metadata": metadata,
        "tensors": {
            name: {
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "shape": list(tensor.shape),
                "values": plain(tensor.flatten().tolist()),
            }
            for name, tensor in tensors.items()
        },
    }
    numpy_tensors = {name: array for name, array in arrays() if name in ("uint16", "uint32", "uint64")}
    safetensors.numpy.save_file(numpy_tensors, HERE / "numpy.safetensors")
    expected["numpy.safetensors"] = {
        "metadata": {},
        "tensors": {name: told(array) for name, array in numpy_tensors.items()},
    }


class Called:
    """Its pickle has Python call print."""

    def __reduce__(self):
        return print, ("called",)


def make_torch():
    """Files of torch.save: those that are read with their tensors, by the path to them, and those that are refused."""
    import torch

    torch.manual_seed(1)
    folder = HERE / "torch"
    for old in folder.glob("*.pt"):
        old.unlink()
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    network(torch.randn(5, 3))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    shared = torch.arange(12, dtype=torch.float64)
    types = {
        str(dtype).removeprefix("torch."): torch.tensor([1, 0, 3]).to(dtype)
        for dtype in (
            torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
            torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64,
        )
    }
    views = {
        "whole": shared,
        "part": shared[3:7],
        "transposed": shared.reshape(3, 4).t(),
        "steps": shared[1::3],
        "repeated": shared[:2].reshape(2, 1).expand(2, 3),
        "channels last": torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
        "bools": torch.tensor([[True, False], [False, True]]).t(),
        "halves": torch.arange(6).half().reshape(2, 3).t(),
        "bytes": torch.arange(6, dtype=torch.uint8).reshape(2, 3).t(),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3).t(),
        "parameter": torch.nn.Parameter(torch.tensor([1.0, 2.0])),
        "listed": [torch.tensor([1]), (torch.tensor([2]), {3: torch.tensor([4])})],
    }
    state = network.state_dict()
    files = {
        "state.pt": (state, []),
        "checkpoint.pt": ({"model": state, "optimizer": optimizer.state_dict(), "epoch": 3}, ["model"]),
        "types.pt": (types, []),
        "views.pt": (views, []),
        "one.pt": (torch.tensor([[1.0, 2.0]]), []),
    }
    found = {}
    for name, (value, path) in files.items():
        torch.save(value, folder / name)
        found[name] = [path, torch_told(value, path)]
    found["checkpoint.pt, optimizer"] = [
        ["optimizer", "state"],
        torch_told(files["checkpoint.pt"][0], ["optimizer", "state"]),
    ]
    torch.save(views, folder / "protocol4.pt", pickle_protocol=4)
    found["protocol4.pt"] = found["views.pt"]
    rewritten(folder / "types.pt", folder / "deflated.pt", zipfile.ZIP_DEFLATED)
    found["deflated.pt"] = found["types.pt"]
    rewritten(folder / "state.pt", folder / "big-endian.pt", zipfile.ZIP_STORED, swapped)
    found["big-endian.pt"] = found["state.pt"]

    # State dicts as people have them, with more than tensors; what is left is in torch.test.ts.
    mixed = {
        "version": 3, "name": "net", "weight": torch.tensor([1.0, 2.0]), "losses": [0.5, 0.25],
        "block": {"bias": torch.tensor([3.0]), "_extra_state": {"scale": 2.0, "recipe": Called()}, "steps": 7},
        "none": None, "size": torch.Size([2, 3]), "empty": {}, "dtype": torch.float32,
        "layers": [{"weight": torch.tensor(4.0), "kind": "linear"}, {"kind": "relu"}, 5],
    }
    torch.save(mixed, folder / "mixed.pt")
    bomb = [torch.ones(1)]
    for _ in range(40):
        bomb = [bomb, bomb]
    endless = [torch.ones(1)]
    endless.append(endless)
    refused = {
        "module.pt": (network, "an object of torch.nn.modules.container.Sequential"),
        "called.pt": ({"x": Called()}, "an object of __builtin__.print"),
        "bomb.pt": ({"x": bomb}, "65536 values"),
        "endless.pt": ({"x": endless}, "nested at most 100 deep"),
        "complex.pt": ({"x": torch.ones(1, dtype=torch.complex64)}, "torch.ComplexFloatStorage"),
        "sparse.pt": ({"x": torch.eye(2).to_sparse()}, "an object of torch._utils._rebuild_sparse_tensor"),
        "large.pt": ({"x": torch.tensor([2**40])}, "1099511627776 at index 0"),
        "number.pt": ({"epoch": 3, "losses": [1.0]}, "epoch: expected a tensor, got 3"),
    }
    for name, (value, _) in refused.items():
        torch.save(value, folder / name)
    torch.save(state, folder / "old.pt", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), folder / "script.pt")
    reasons = {name: reason for name, (_, reason) in refused.items()}
    reasons |= {"old.pt": "before 1.6", "script.pt": "a program of TorchScript"}
    return {"read": found, "refused": reasons}


def torch_told(value, path):
    """The tensors of a tree by the keys on the way, joined by dots."""
    import torch

    for key in path:
        value = value[key]
    if isinstance(value, torch.Tensor):
        value = {"tensor": value}
    found = {}

    def visit(value, names):
        if isinstance(value, torch.Tensor):
            found[".".join(names)] = {
                "dtype": str(value.dtype).removeprefix("torch."),
                "shape": list(value.shape),
                "values": plain(value.flatten().tolist()),
            }
            return
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            visit(inner, [*names, str(key)])

    visit(value, [])
    return found


def swapped(name, content):
    """The file of a big-endian machine: all storages here are of float32 or int64."""
    if name.endswith("byteorder"):
        return b"big"
    if "/data/" in name:
        return numpy.frombuffer(content, "<i8" if len(content) == 8 else "<f4").byteswap().tobytes()
    return content


def rewritten(source, target, method, change=lambda name, content: content):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), change(name, old.read(name)), method)


def check(folder):
    """The files of main.ts hold what its JSON says, for NumPy and for safetensors."""
    folder = pathlib.Path(folder)
    expected = json.loads((folder / "expected.json").read_text())
    count = 0

    def same(name, array, values):
        nonlocal count
        found = told(array)
        assert found == values, f"{name}: {found} is not {values}"
        count += 1

    for name, values in expected["tensors"].items():
        same(name, numpy.load(folder / f"{name}.npy", allow_pickle=False), values)
    for file in ("stored.npz", "deflated.npz"):
        with numpy.load(folder / file, allow_pickle=False) as archive:
            assert sorted(archive.files) == sorted(expected["tensors"]), archive.files
            for name, values in expected["tensors"].items():
                same(f"{file}: {name}", archive[name], values)
    path = folder / "all.safetensors"
    with safetensors.safe_open(path, "numpy") as file:
        assert file.metadata() == expected["metadata"], file.metadata()
    tensors = safetensors.numpy.load_file(path)
    assert sorted(tensors) == sorted(expected["tensors"]), list(tensors)
    for name, values in expected["tensors"].items():
        same(f"safetensors: {name}", tensors[name], values)
    print(f"{count} arrays are what they should be")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    else:
        check(sys.argv[2])
