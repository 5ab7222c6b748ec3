/**
 * Builds small models from plain data.
 */

import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TensorProto_DataType as Type,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../../../src/generated/onnx_pb.js";

export { Type };

type Setting =
  | number
  | string
  | readonly number[]
  | GraphProto
  | TensorProto
  | { readonly float: number };

/** Returns a node: `node("Add", ["x", "y"], ["z"])`. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  settings: Readonly<Record<string, Setting>> = {},
  domain = "",
): NodeProto {
  const attribute = Object.entries(settings).map(([name, value]) => attributeOf(name, value));
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [...output],
    attribute,
    domain,
  });
}

function attributeOf(name: string, value: Setting): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    const reference = value.startsWith("@") ? value.slice(1) : "";
    if (reference !== "")
      return create(AttributeProtoSchema, { name, type: Kind.INT, refAttrName: reference });
    return create(AttributeProtoSchema, {
      name,
      type: Kind.STRING,
      s: new Uint8Array(Buffer.from(value)),
    });
  }
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  if ("$typeName" in value && value.$typeName === "onnx.GraphProto") {
    return create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: value });
  }
  if ("$typeName" in value)
    return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: value });
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

/** Returns a constant of float32; `int64` returns one of int64. */
export function floats(
  name: string,
  dims: readonly number[],
  values: readonly number[],
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: Type.FLOAT,
    dims: dims.map(BigInt),
    floatData: [...values],
  });
}

/** Returns a constant of float32 as raw bytes, as most files have it. */
export function raw(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  const rawData = new Uint8Array(values.slice().buffer);
  return create(TensorProtoSchema, { name, dataType: Type.FLOAT, dims: dims.map(BigInt), rawData });
}

export function int64(
  name: string,
  dims: readonly number[],
  values: readonly (number | bigint)[],
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: Type.INT64,
    dims: dims.map(BigInt),
    int64Data: values.map(BigInt),
  });
}

type Place = readonly [name: string, shape: readonly (number | string)[], type?: Type];

function infoOf([name, shape, elemType = Type.FLOAT]: Place) {
  const dim = shape.map((length) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof length === "number"
          ? { case: "dimValue", value: BigInt(length) }
          : { case: "dimParam", value: length },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}

/** The parts of a graph. */
export interface Graph {
  readonly nodes: readonly NodeProto[];
  readonly inputs?: readonly Place[];
  readonly outputs: readonly Place[];
  readonly constants?: readonly TensorProto[];
}

export function graph({ nodes, inputs = [], outputs, constants = [] }: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name: "graph",
    node: [...nodes],
    input: inputs.map(infoOf),
    output: outputs.map(infoOf),
    initializer: [...constants],
  });
}

/** Returns the bytes of a model. */
export function model(
  parts: Graph & { readonly version?: number; readonly functions?: readonly FunctionProto[] },
): Uint8Array {
  const { version = 18, functions = [] } = parts;
  const domains = ["", ...new Set(functions.map(({ domain }) => domain))];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: domains.map((domain) =>
        create(OperatorSetIdProtoSchema, { domain, version: BigInt(domain === "" ? version : 1) }),
      ),
      graph: graph(parts),
      functions: [...functions],
    }),
  );
}

/** Returns a function of a model, in the domain "own". */
export function localFunction(
  name: string,
  input: readonly string[],
  output: readonly string[],
  nodes: readonly NodeProto[],
): FunctionProto {
  return create(FunctionProtoSchema, {
    name,
    domain: "own",
    input: [...input],
    output: [...output],
    node: [...nodes],
    opsetImport: ["", "own"].map((domain) =>
      create(OperatorSetIdProtoSchema, { domain, version: domain === "" ? 18n : 1n }),
    ),
  });
}
