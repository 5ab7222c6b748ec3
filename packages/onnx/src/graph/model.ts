/**
 * A model as plain data, and its bytes: the only file that knows the messages of ONNX's schema.
 */

import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { TypedArray } from "@graddiff/core";
import { littleEndianBytes } from "@graddiff/core/internal";
import { DATA_TYPES } from "../dataTypes.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "../generated/onnx_pb.js";

/** The types of elements that models of ours have: core's, and those that are computed with inside. */
export type ElementType = "float32" | "float64" | "int32" | "bool" | "int64" | "uint32";

/** The settings of a node: integers, floats, lists of integers, texts, and graphs. */
export type NodeAttributes = Readonly<
  Record<string, number | { readonly float: number } | string | readonly number[] | GraphData>
>;

/** One operator. */
export interface NodeData {
  /** Default: that of its first result, which no other node has: onnxruntime makes names of nodes out of those that are there. */
  readonly name?: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: NodeAttributes;
}

/** A named tensor without its elements. A length that is open is a text. */
export interface ValueData {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** A constant. */
export interface ConstantData {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly elements: TypedArray | BigInt64Array | Uint32Array;
}

/** A graph, or the body of an operator. */
export interface GraphData {
  readonly name: string;
  readonly nodes: readonly NodeData[];
  readonly inputs: readonly ValueData[];
  readonly outputs: readonly ValueData[];
  readonly constants: readonly ConstantData[];
}

/** The location of a constant's elements that are not in the model's own file. */
export interface Beside {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Returns the parts of a file: a model without its large elements is written as one array, and they come as they are,
 * between such arrays.
 */
export function modelParts(
  graph: GraphData,
  opset: number,
  irVersion: number,
  beside: ReadonlyMap<string, Beside>,
): Bytes[] {
  const head = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(irVersion),
      producerName: "graddiff",
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) })],
    }),
  );
  // The bytes of a message are those of its fields, in any order.
  const frame = toBinary(GraphProtoSchema, graphMessage({ ...graph, constants: [] }));
  const constants = graph.constants.flatMap((constant) => {
    const location = beside.get(constant.name);
    const message = toBinary(TensorProtoSchema, constantMessage(constant, location));
    const raw = location === undefined ? elementBytes(constant) : new Uint8Array();
    const parts = [message, ...framed(TensorProtoSchema.field.rawData.number, [raw])];
    return framed(GraphProtoSchema.field.initializer.number, raw.length > 0 ? parts : [message]);
  });
  return gathered([head, ...framed(ModelProtoSchema.field.graph.number, [frame, ...constants])]);
}

/** Bytes that hosts take as they are, such as for a Blob. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Returns the elements of a constant as bytes: no copy, unless they are in shared memory. */
export function elementBytes({ elements }: ConstantData): Bytes {
  const bytes = littleEndianBytes(elements);
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}

/** Returns a field of bytes, or of a message: its number, its length, and what is in it. */
function framed(number: number, parts: readonly Bytes[]): Bytes[] {
  const tag = (number << 3) | WireType.LengthDelimited;
  return [new BinaryWriter().uint32(tag).uint32(bytesOf(parts)).finish(), ...parts];
}

/** Returns the number of bytes of all parts. */
export function bytesOf(parts: readonly Bytes[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Returns parts as one array, a copy. */
export function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(bytesOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A part of fewer bytes is copied, and one of more is divided: files are written in parts of some size. */
const SMALL = 2 ** 16;
const LARGE = 2 ** 26;

/** Returns the same bytes with the small parts in one, and large ones in several. */
export function gathered(parts: Iterable<Bytes>): Bytes[] {
  const all: Bytes[] = [];
  let small: Bytes[] = [];
  const close = () => {
    if (small.length > 0) all.push(joined(small));
    small = [];
  };
  for (const part of parts) {
    if (part.length < SMALL) {
      if (part.length > 0) small.push(part);
      continue;
    }
    close();
    for (let at = 0; at < part.length; at += LARGE) all.push(part.subarray(at, at + LARGE));
  }
  close();
  return all;
}

/** Bodies have no constants, and those of the whole graph are written one by one. */
function graphMessage({ name, nodes, inputs, outputs }: GraphData): GraphProto {
  return create(GraphProtoSchema, {
    name,
    node: nodes.map(nodeMessage),
    input: inputs.map(valueMessage),
    output: outputs.map(valueMessage),
  });
}

function nodeMessage({ name, operator, inputs, outputs, attributes }: NodeData): NodeProto {
  return create(NodeProtoSchema, {
    name: name ?? outputs[0] ?? "",
    opType: operator,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => {
      if (typeof value === "number") {
        const type = AttributeProto_AttributeType.INT;
        return create(AttributeProtoSchema, { name, type, i: BigInt(value) });
      }
      if (typeof value === "string") {
        const type = AttributeProto_AttributeType.STRING;
        return create(AttributeProtoSchema, { name, type, s: asciiOf(value) });
      }
      if ("float" in value) {
        const type = AttributeProto_AttributeType.FLOAT;
        return create(AttributeProtoSchema, { name, type, f: value.float });
      }
      if ("nodes" in value) {
        const type = AttributeProto_AttributeType.GRAPH;
        return create(AttributeProtoSchema, { name, type, g: graphMessage(value) });
      }
      const type = AttributeProto_AttributeType.INTS;
      return create(AttributeProtoSchema, { name, type, ints: value.map(BigInt) });
    }),
  });
}

/** Texts are names of modes, all ASCII. */
function asciiOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function valueMessage({ name, type, shape }: ValueData): ValueInfoProto {
  const dim = shape.map((length) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof length === "number"
          ? { case: "dimValue", value: BigInt(length) }
          : { case: "dimParam", value: length },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: DATA_TYPES[type],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

/** Returns a constant without its elements. */
function constantMessage(
  { name, type, shape }: ConstantData,
  beside: Beside | undefined,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DATA_TYPES[type],
    dims: shape.map(BigInt),
    ...(beside !== undefined && {
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(beside).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value: String(value) }),
      ),
    }),
  });
}
