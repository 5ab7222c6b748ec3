/**
 * Damaged models: reading one allocates arrays of at most four times the file's size.
 */

import { fromBinary, toBinary } from "@bufbuild/protobuf";
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
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "../../../src/generated/onnx_pb.js";
import { type ImportedModel, importOnnx } from "../../../src/index.ts";
import cases from "../golden/cases.json" with { type: "json" };
import { floats, graph, int64, localFunction, model, node, Type } from "../support/build.ts";

/** Returns a number in the encoding of lengths and fields: seven bits a byte. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}

/** Returns a model with functions, nested graphs, and weights beside constants of other types. */
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

/** Intact files, which are then damaged. */
export const files: readonly Uint8Array[] = [
  own(),
  ...Object.values(cases).map((each) => new Uint8Array(Buffer.from(each.model, "base64"))),
];

/** Numbers that would need much memory, and those near the limits of integers. */
const GREAT = [
  -1,
  0,
  2,
  1000,
  2 ** 16,
  2 ** 20,
  2 ** 24,
  2 ** 27,
  2 ** 29,
  2 ** 31 - 1,
  -(2 ** 31),
];

/** Changes a number in the graph: a setting of a node, or an element of a small constant. */
const lieInANumber: Mutation = (bytes, random) => {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    return bytes;
  }
  const lie = GREAT[random(GREAT.length)] ?? 0;
  const changes: (() => void)[] = [];
  const inList = <Each>(list: Each[] | undefined, value: Each) => {
    if (list !== undefined && list.length > 0) {
      changes.push(() => {
        list[random(list.length)] = value;
      });
    }
  };
  const inTensor = (tensor: TensorProto | undefined) => {
    inList(tensor?.int64Data, BigInt(lie));
    inList(tensor?.int32Data, lie | 0);
    inList(tensor?.floatData, lie);
    const raw = tensor?.rawData;
    if (raw === undefined || raw.length < 8) return;
    changes.push(() => {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      view.setBigInt64(8 * random(Math.floor(raw.length / 8)), BigInt(lie), true);
    });
  };
  const inGraph = (graph: GraphProto | undefined) => {
    graph?.initializer.forEach(inTensor);
    for (const attribute of graph?.node.flatMap((each) => each.attribute) ?? []) {
      inTensor(attribute.t);
      inList(attribute.ints, BigInt(lie));
      inList(attribute.floats, lie);
      if (attribute.g !== undefined) inGraph(attribute.g);
      if (attribute.type === Kind.INT) {
        changes.push(() => {
          attribute.i = BigInt(lie);
        });
      }
    }
  };
  inGraph(model.graph);
  changes[random(Math.max(1, changes.length))]?.();
  return toBinary(ModelProtoSchema, model);
};

const mutations: Readonly<Record<string, Mutation>> = {
  "lie in the graph": lieInANumber,
  "lie in the graph again": lieInANumber,
  "a third lie in the graph": lieInANumber,
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

/**
 * Calls the function of a model with zeros, unless its inputs are large. The call has to return a result or throw an
 * error of the library, whatever the model's numbers are.
 */
function run(model: ImportedModel): void {
  const shapes = model.inputs.map(({ shape = [] }) =>
    shape.map((length) => (typeof length === "number" ? length : 2)),
  );
  if (shapes.flat().some((length) => length < 0)) return;
  if (shapes.some((shape) => shape.reduce((size, length) => size * length, 1) > 10_000)) return;
  model.fn(...model.inputs.map(({ dtype = "float32" }, i) => zeros(shapes[i] ?? [], { dtype })));
  String(model);
}

/** Reads `count` mutants, which are the same for the same seed. */
export function readMutants(count: number, seed: number): Report {
  const read = (bytes: Uint8Array) => importOnnx(bytes);
  const used = { growth: 64, slack: 2 ** 26 };
  return readDamaged({ files, mutations, read, use: run, growth: 4, used }, count, seed);
}
