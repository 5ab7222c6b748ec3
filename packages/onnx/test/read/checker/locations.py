"""
The locations of external data that onnx.load refuses for where they lead: locations.json.

    /usr/bin/python3 packages/onnx/test/read/checker/locations.py

Each file is there, as far as a location can name it, so what is refused is not refused for a file that is missing. The
package of Debian: python3-onnx.
"""

import json
import os
import pathlib
import tempfile

import onnx

LOCATIONS = [
    "weights.bin", "sub/weights.bin", "./weights.bin", "a b.bin", "..weights", "w..bin",
    "../secret.bin", "../../secret/key.bin", "sub/../../secret.bin", "sub/../weights.bin", "/etc/passwd",
    "..", ".", "", "//host/share", "link.bin", "linked/secret.bin",
]


def message_of(folder, location):
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[1], data_location=1)
    tensor.external_data.add(key="location", value=location)
    node = onnx.helper.make_node("Identity", ["w"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [], [onnx.helper.make_tensor_value_info("y", 1, [1])], [tensor])
    path = folder / "model.onnx"
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    try:
        onnx.load(path)
        return ""
    except Exception as error:
        return str(error)


with tempfile.TemporaryDirectory() as outer:
    outer = pathlib.Path(outer)
    folder = outer / "model"
    (folder / "sub").mkdir(parents=True)
    (outer / "secret.bin").write_bytes(bytes(4))
    for name in ("weights.bin", "sub/weights.bin", "a b.bin", "..weights", "w..bin"):
        (folder / name).write_bytes(bytes(4))
    os.symlink(outer / "secret.bin", folder / "link.bin")
    os.symlink(outer, folder / "linked")
    found = [{"location": each, "isRefused": message_of(folder, each) != ""} for each in LOCATIONS]
path = pathlib.Path(__file__).with_name("locations.json")
path.write_text(json.dumps(found, indent=1) + "\n")
