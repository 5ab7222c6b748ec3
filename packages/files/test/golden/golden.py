"""Files of NumPy and of Python's safetensors, and what is in them.

    /usr/bin/python3 test/golden/golden.py make            writes the files beside this one
    /usr/bin/python3 test/golden/golden.py check FOLDER    reads what this package has written

The packages of Debian: python3-numpy, python3-safetensors, python3-torch (for bfloat16).
"""

import json
import math
import pathlib
import sys

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
