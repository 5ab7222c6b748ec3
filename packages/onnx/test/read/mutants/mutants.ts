/**
 * Damaged models: the arrays of one take no more than four times the file.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { zeros } from "@graddiff/core";
import {
  cut,
  cutInFront,
  exchange,
  flipBits,
  insert,
  join,
  type Mutation,
  type Report,
  readDamaged,
  remove,
} from "../../../../files/test/mutants/damage.ts";
import {
  type GraphProto,
  ModelProtoSchema,
  type TensorProto,
} from "../../../src/generated/onnx_pb.js";
import { type ImportedModel, importOnnx } from "../../../src/index.ts";
import cases from "../golden/cases.json" with { type: "json" };
import { floats, graph, int64, localFunction, model, node, Type } from "../support/build.ts";

/** A number in the form that lengths and fields have: seven bits a byte. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}

/** Functions that call each other, graphs in graphs, and weights beside numbers of other types. */
function own(): Uint8Array {
  const inner = graph({
    nodes: [node("Mul", ["x", "w"], ["scaled"])],
    outputs: [["scaled", [2, 2]]],
  });
  const outer = graph({
    nodes: [node("If", ["yes"], ["r"], { then_branch: inner, else_branch: inner })],
    outputs: [["r", [2, 2]]],
  });
  return model({
    nodes: [
      node("If", ["yes"], ["chosen"], { then_branch: outer, else_branch: inner }),
      node("ConstantOfShape", ["lengths"], ["ones"], { value: floats("", [1], [1]) }),
      node("First", ["chosen"], ["first"], { axis: 1 }, "own"),
      node("Add", ["first", "ones"], ["y"]),
    ],
    inputs: [
      ["x", ["n", 2]],
      ["yes", [], Type.BOOL],
    ],
    outputs: [["y", ["n", 4]]],
    constants: [floats("w", [2, 2], [1, 2, 3, 4]), int64("lengths", [2], [1, 4])],
    functions: [
      localFunction(
        "First",
        ["x", "axis"],
        ["y"],
        [node("Second", ["x"], ["y"], { axis: "@axis" }, "own")],
      ),
      localFunction(
        "Second",
        ["x", "axis"],
        ["y"],
        [node("Concat", ["x", "x"], ["y"], { axis: "@axis" })],
      ),
    ],
  });
}

/** Whole files. */
export const files: readonly Uint8Array[] = [
  own(),
  ...Object.values(cases).map((each) => new Uint8Array(Buffer.from(each.model, "base64"))),
];

const mutations: Readonly<Record<string, Mutation>> = {
  "flip bits": flipBits,
  cut,
  "cut in front": cutInFront,
  insert,
  remove,
  swap: (bytes, random) => {
    const width = 1 + random(8);
    const [from, to] = [random(bytes.length - width), random(bytes.length - width)];
    return exchange(bytes, from, to, width);
  },
  "lie in a number": (bytes, random) => {
    const lies = [
      0,
      1,
      127,
      128,
      bytes.length,
      2 ** 28,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 40,
      2 ** 52,
    ];
    const at = random(bytes.length);
    return join(
      bytes.subarray(0, at),
      varint(lies[random(lies.length)] ?? 0),
      bytes.subarray(at + 1),
    );
  },
  "repeat a part": (bytes, random) => {
    const at = random(bytes.length);
    const part = bytes.subarray(at, at + 1 + random(40));
    return join(
      bytes.subarray(0, at),
      ...Array.from({ length: 1 + random(30) }, () => part),
      bytes.subarray(at),
    );
  },
  "write a word": (bytes, random) => {
    const words = ["__proto__", "constructor", "Loop", "If", "\\0", "é", "x", "y", "Shape"];
    const word = new Uint8Array(Buffer.from(words[random(words.length)] ?? ""));
    const at = random(bytes.length);
    return join(bytes.subarray(0, at), word, bytes.subarray(at + word.length));
  },
  "a part of another file": (bytes, random) => {
    const other = files[random(files.length)] ?? bytes;
    const [from, at] = [random(other.length), random(bytes.length)];
    return join(
      bytes.subarray(0, at),
      other.subarray(from, from + 1 + random(60)),
      bytes.subarray(at),
    );
  },
};

/** The most that a number of a model may be for its function to be called: a window of 2^28 elements takes as long as it must. */
const GREATEST = 64;

/** Whether a graph and those inside of it have small numbers alone. */
function isSmall(graph: GraphProto | undefined): boolean {
  const small = (value: number | bigint) => Math.abs(Number(value)) <= GREATEST;
  const plain = (tensor: TensorProto | undefined) =>
    tensor === undefined ||
    (tensor.rawData.length === 0 &&
      [...tensor.int64Data, ...tensor.floatData, ...tensor.int32Data].every(small));
  return (
    (graph?.initializer ?? []).every(plain) &&
    (graph?.node ?? []).every(({ attribute }) =>
      attribute.every(
        ({ i, f, ints, floats, t, g }) =>
          [i, f, ...ints, ...floats].every(small) && plain(t) && (g === undefined || isSmall(g)),
      ),
    )
  );
}

/** Calls the function of a model with zeros, where its numbers are small: that gives a result, or an error of ours. */
function runIfSmall(model: ImportedModel, bytes: Uint8Array): void {
  if (!isSmall(fromBinary(ModelProtoSchema, bytes).graph)) return;
  const shapes = model.inputs.map(({ shape = [] }) =>
    shape.map((length) => (typeof length === "number" ? length : 2)),
  );
  if (shapes.flat().some((length) => length > 64 || length < 0)) return;
  if (shapes.some((shape) => shape.reduce((size, length) => size * length, 1) > 10_000)) return;
  model.fn(...model.inputs.map(({ dtype = "float32" }, i) => zeros(shapes[i] ?? [], { dtype })));
  String(model);
}

/** Reads `count` mutants; the same seed gives the same ones. */
export function readMutants(count: number, seed: number): Report {
  const read = (bytes: Uint8Array) => importOnnx(bytes);
  return readDamaged({ files, mutations, read, use: runIfSmall, growth: 4 }, count, seed);
}
