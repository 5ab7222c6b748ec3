import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { seedOfTest, WHOLE } from "../../../../core/test/support/sampling.ts";
import {
  type GraphProto,
  TensorProto_DataLocation as Location,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
} from "../../../src/generated/onnx_pb.js";
import { importOnnx } from "../../../src/index.ts";
import { floats, graph, model, node, Type } from "../support/build.ts";
import { files, readMutants } from "./mutants.ts";

const COUNT = WHOLE ? 3000 : 1000;

test(`${COUNT} damaged models are read or refused in the library's grammar`, () => {
  const { faults, refused, read } = readMutants(COUNT, seedOfTest());
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(COUNT / 6);
  expect(refused + read).toBe(COUNT);
});

test("the undamaged ones are read", () => {
  for (const file of files) expect(() => importOnnx(file)).not.toThrow();
});

test("what is no model is refused", () => {
  expect(() => importOnnx(new Uint8Array())).toThrow(
    "importOnnx: bytes: expected a model of ONNX, got no bytes.",
  );
  expect(() => importOnnx("model.onnx" as never)).toThrow(
    /importOnnx: bytes: expected the bytes of a file/,
  );
  expect(() => importOnnx(Uint8Array.of(58, 255, 255, 255, 255, 15))).toThrow(
    /a model of ONNX, got bytes that are no messages of protobuf: "/,
  );
  const later = model({ nodes: [], inputs: [["x", []]], outputs: [["x", []]], version: 99 });
  expect(() => importOnnx(later)).toThrow(
    /expected a model of version 1 to 22 of the operators, got version 99/,
  );
});

const lfs = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

test.each([
  ["<!DOCTYPE html><html><body>404</body></html>", "HTML. A page came in the place of the file"],
  ["\n  <html lang='en'>", "HTML"],
  [lfs, "a Git LFS pointer, which stands for a file. git lfs pull gets the file itself"],
  ["PK\x03\x04\x14\0\0\0", "a zip, as PyTorch's own files are, too. Unpack it, or write"],
  ["\x1f\x8b\x08\0", "a gzip. Unpack it first"],
  ['{ "model": [] }', "JSON"],
  ['\x10\0\0\0\0\0\0\0{"w":{"dtype":"F32"}}', "safetensors, which are weights alone"],
  ["\x1c\0\0\0TFL3\x14\0", "a model of TensorFlow Lite. tf2onnx"],
  ["\x20\0\0\0ORTM\0\0", "a model in onnxruntime's own format"],
  ["\x89HDF\r\n\x1a\n", "HDF5, as models of Keras are"],
])("a file of another format is told: %j", (text, got) => {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  expect(() => importOnnx(bytes)).toThrow(
    `importOnnx: bytes: expected a model of ONNX, got ${got}`,
  );
});

const withConstant = (message: Parameters<typeof create<typeof TensorProtoSchema>>[1]) =>
  model({
    nodes: [node("Identity", ["w"], ["y"])],
    outputs: [["y", [1]]],
    constants: [create(TensorProtoSchema, { name: "w", dataType: Type.FLOAT, ...message })],
  });

test("a claim of more elements than there are is refused before anything is allocated", () => {
  const before = process.memoryUsage().arrayBuffers;
  expect(() => importOnnx(withConstant({ dims: [2n ** 31n], rawData: new Uint8Array(4) }))).toThrow(
    "importOnnx: w: expected 8589934592 bytes for the shape [2147483648], got 4.",
  );
  expect(() => importOnnx(withConstant({ dims: [2n ** 60n, 2n ** 60n] }))).toThrow(
    /importOnnx: w: expected lengths/,
  );
  expect(() => importOnnx(withConstant({ dims: [-1n] }))).toThrow(
    /importOnnx: w: expected lengths/,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test("elements beside the model are asked for by name, and compared with what is there", () => {
  const entry = (key: string, value: string) =>
    create(StringStringEntryProtoSchema, { key, value });
  const bytes = withConstant({
    dims: [2n],
    dataLocation: Location.EXTERNAL,
    externalData: [entry("location", "w.bin"), entry("offset", "4"), entry("length", "8")],
  });
  const file = new Uint8Array(Float32Array.of(9, 1, 2).buffer);
  const { fn } = importOnnx(bytes, {
    external: (name) => (name === "w.bin" ? file : new Uint8Array()),
  });
  expect([...fn()[0].data()]).toEqual([1, 2]);
  expect(() => importOnnx(bytes)).toThrow(
    /external: expected a function that gives the bytes of "w.bin"/,
  );
  expect(() => importOnnx(bytes, { external: () => new Uint8Array(8) })).toThrow(
    /w: expected 8 bytes in "w.bin"/,
  );
});

test("nodes in a circle, and names that two tensors have, are refused", () => {
  const circle = model({
    nodes: [node("Neg", ["b"], ["a"]), node("Neg", ["a"], ["b"])],
    outputs: [["b", [1]]],
  });
  expect(() => importOnnx(circle)).toThrow(
    /Neg "a": expected a tensor "b" from a node before it, got none/,
  );
  const twice = model({
    nodes: [node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])],
    inputs: [["x", [1]]],
    outputs: [["y", [1]]],
  });
  expect(() => importOnnx(twice)).toThrow(
    /Abs "y": expected names that no other tensor has, got "y"/,
  );
});

test("two initializers of one name are refused", () => {
  const twice = model({
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    inputs: [["x", [1, 1]]],
    outputs: [["y", [1, 1]]],
    constants: [floats("w", [1, 1], [1]), floats("w", [1, 1], [2])],
  });
  expect(() => importOnnx(twice)).toThrow(
    'importOnnx: graph: expected each name once among initializers, got "w" twice.',
  );
});

test("an output that nothing gives is told by its name", () => {
  const bytes = model({
    nodes: [node("Neg", ["x"], ["z"])],
    inputs: [["x", [1]]],
    outputs: [["y", [1]]],
  });
  expect(() => importOnnx(bytes)).toThrow(
    'importOnnx: the outputs of "graph": expected names of its inputs, initializers and results of nodes, got "y".',
  );
});

test("graphs that lie deep in each other are refused", () => {
  let inner: GraphProto = graph({ nodes: [node("Neg", ["x"], ["r"])], outputs: [["r", [1]]] });
  for (let depth = 0; depth < 5000; depth++) {
    if (depth === 40) {
      const nested = model({
        nodes: [node("If", ["c"], ["y"], { then_branch: inner })],
        inputs: [["x", [1]]],
        outputs: [["y", [1]]],
      });
      expect(() => importOnnx(nested)).toThrow(
        "importOnnx: bytes: expected a model whose graphs, as of an If, lie at most 30 deep in each other, got more.",
      );
      break;
    }
    inner = graph({
      nodes: [node("If", ["c"], ["r"], { then_branch: inner, else_branch: inner })],
      outputs: [["r", [1]]],
    });
    if (depth > 12) inner.node[0]?.attribute.pop();
  }
});

test("a name such as __proto__ is a name", () => {
  const bytes = model({
    nodes: [node("MatMul", ["x", "__proto__"], ["constructor"])],
    inputs: [["x", [1, 2]]],
    outputs: [["constructor", [1, 2]]],
    constants: [floats("__proto__", [2, 2], [1, 2, 3, 4])],
  });
  const { weights } = importOnnx(bytes);
  expect(Object.keys(weights)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(weights)).toBe(Object.prototype);
});

test("a file that is only begun is refused, wherever it ends", () => {
  const [file = new Uint8Array()] = files;
  for (let length = 0; length < file.length; length++) {
    try {
      importOnnx(file.subarray(0, length));
    } catch (error) {
      expect(String(error)).toMatch(/importOnnx/);
    }
  }
});

test("a small file of many messages is refused before they are made", () => {
  // The graph has a million empty nodes of two bytes each.
  const nodes = new Uint8Array(2_000_000).map((_, i) => (i % 2 === 0 ? 10 : 0));
  const file = Buffer.concat([Uint8Array.of(58, 0x80, 0x89, 0x7a), nodes]);
  const before = process.memoryUsage().heapUsed;
  expect(() => importOnnx(file)).toThrow(
    /a model of ONNX, got 2000004 bytes whose messages would take/,
  );
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 ** 24);
});

/** Returns an encoded field of a message, from its number and its bytes or text. */
function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  const length: number[] = [];
  for (let rest = bytes.length; length.length === 0 || rest > 0; rest >>>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
  }
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...length), bytes]);
}

test.runIf(WHOLE)(
  "a chain of 200,000 nodes is imported in 64 times its size, and takes half of that",
  () => {
    const count = 200_000;
    const name = (i: number) => (i === 0 ? "x" : i === count ? "y" : `v${i}`);
    const nodes = Array.from({ length: count }, (_, i) =>
      field(1, Buffer.concat([field(1, name(i)), field(2, name(i + 1)), field(4, "Neg")])),
    );
    const ends = model({ nodes: [], inputs: [["x", [1]]], outputs: [["y", [1]]] });
    // If a file has two graph fields, their contents are merged.
    const file = Buffer.concat([ends, field(7, Buffer.concat(nodes))]);
    nodes.length = 0;
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    const { fn } = importOnnx(file);
    const grown = process.memoryUsage().heapUsed - before;
    collect();
    const kept = process.memoryUsage().heapUsed - before;
    expect(file.length).toBeGreaterThan(4_500_000);
    // The first number includes garbage that was not collected yet.
    expect(grown / file.length).toBeLessThan(64);
    expect(kept / file.length).toBeLessThan(34);
    expect(fn).toBeDefined();
  },
);
