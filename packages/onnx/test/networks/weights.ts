/**
 * Replaces constant weights of networks by random ones: with the same number everywhere, a mistake with an axis would
 * change nothing.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { normal, type Tensor, uniform } from "@graddiff/core";
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProtoSchema,
  TensorProto_DataType as Type,
  ValueInfoProtoSchema,
} from "../../src/generated/onnx_pb.js";

/** The network with random weights, and the inner values that are now outputs, too. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly inner: readonly string[];
}

/** @param stages the number of inner values that become outputs, evenly spaced over the nodes. */
export function withWeights(file: Uint8Array, stages: number): Network {
  const model = fromBinary(ModelProtoSchema, file);
  const { graph } = model;
  if (graph === undefined) throw new Error("a model without a graph");
  const shapes = new Map(graph.initializer.map((each) => [each.name, numbersOf(each)]));
  const isWeight = (node: NodeProto) =>
    node.opType === "ConstantOfShape" && shapes.has(node.input[0] ?? "");
  let seed = 1;
  for (const node of graph.node.filter(isWeight)) {
    const [name = ""] = node.output;
    const shape = shapes.get(node.input[0] ?? "") ?? [];
    const elements = weightsFor(graph, name, shape, seed++).data() as Float32Array;
    graph.initializer.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: Type.FLOAT,
        rawData: new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength),
      }),
    );
  }
  graph.node = graph.node.filter((node) => !isWeight(node));
  const computed = graph.node.filter(({ opType }) => opType !== "Constant");
  const inner = Array.from({ length: stages }, (_, i) => {
    const place = Math.floor(((i + 1) * computed.length) / (stages + 1));
    return computed[place]?.output[0] ?? "";
  });
  const type = graph.output[0]?.type;
  for (const name of inner) {
    const element = create(ValueInfoProtoSchema, { name });
    if (type?.value.case === "tensorType") {
      const { elemType } = type.value.value;
      Object.assign(element, {
        type: {
          ...type,
          value: { case: "tensorType", value: { ...type.value.value, elemType, shape: undefined } },
        },
      });
    }
    graph.output.push(element);
  }
  return { bytes: toBinary(ModelProtoSchema, model), inner };
}

function numbersOf({ int64Data, rawData }: GraphProto["initializer"][number]): number[] {
  if (int64Data.length > 0) return int64Data.map(Number);
  const bytes = rawData.slice();
  return Array.from(new BigInt64Array(bytes.buffer, 0, bytes.length / 8), Number);
}

/** Draws random weights for which values neither vanish nor grow from layer to layer. */
function weightsFor(
  graph: GraphProto,
  name: string,
  shape: readonly number[],
  seed: number,
): Tensor {
  const [user, place] = userOf(graph, name);
  if (user === "BatchNormalization" && place === 4)
    return uniform(shape, { seed, low: 0.5, high: 1.5 });
  if (user === "BatchNormalization" && place === 1)
    return uniform(shape, { seed, low: 0.8, high: 1.2 });
  if (shape.length < 2) return normal(shape, { seed }).mul(0.1);
  // The variance is 2 over the number of inputs (He et al., "Delving deep into rectifiers").
  const inputs = shape.slice(1).reduce((product, length) => product * length, 1);
  return normal(shape, { seed }).mul(Math.sqrt(2 / inputs));
}

/** Returns the operator that reads a value, and the index of the value among its inputs. */
function userOf({ node }: GraphProto, name: string): [string, number] {
  for (const { opType, input, output } of node) {
    const place = input.indexOf(name);
    if (place < 0) continue;
    // A reshaped weight is still that weight, so the operator after the reshape counts.
    return opType === "Reshape" || opType === "Unsqueeze"
      ? userOf({ node } as GraphProto, output[0] ?? "")
      : [opType, place];
  }
  return ["", 0];
}
