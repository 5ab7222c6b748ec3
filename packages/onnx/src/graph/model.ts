/**
 * A model as plain data, and its bytes: the only file that knows the messages of ONNX's schema.
 */

import { create, toBinary } from "@bufbuild/protobuf";
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
  type TensorProto,
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

/** The bytes of a model. */
export function modelBytes(graph: GraphData, opset: number, irVersion: number): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(irVersion),
      producerName: "graddiff",
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) })],
      graph: graphMessage(graph),
    }),
  );
}

function graphMessage({ name, nodes, inputs, outputs, constants }: GraphData): GraphProto {
  return create(GraphProtoSchema, {
    name,
    node: nodes.map(nodeMessage),
    input: inputs.map(valueMessage),
    output: outputs.map(valueMessage),
    initializer: constants.map(constantMessage),
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

function constantMessage({ name, type, shape, elements }: ConstantData): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DATA_TYPES[type],
    dims: shape.map(BigInt),
    rawData: littleEndianBytes(elements),
  });
}
