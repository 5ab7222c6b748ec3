/** Changes names or storage in a model without changing its meaning. */

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "../../../src/generated/onnx_pb.js";

/** Returns a model whose stored tensors and nodes have meaningless names, with the original names by the new ones. */
export function renamed(bytes: Uint8Array): {
  bytes: Uint8Array<ArrayBuffer>;
  names: ReadonlyMap<string, string>;
} {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (graph === undefined) throw new Error("a model without a graph");
  const next = new Map<string, string>();
  const nameOf = (name: string) => next.get(name) ?? name;
  for (const each of graph.initializer) next.set(each.name, `t${next.size}`);
  for (const { opType, output } of graph.node) {
    if (opType === "Constant") next.set(output[0] ?? "", `t${next.size}`);
  }
  for (const each of graph.initializer) each.name = nameOf(each.name);
  for (const each of graph.node) {
    each.name = "";
    each.input = each.input.map(nameOf);
    each.output = each.output.map(nameOf);
  }
  const names = new Map([...next].map(([name, other]) => [other, name]));
  return { bytes: toBinary(ModelProtoSchema, model), names };
}

/** Returns a model whose Constant nodes are initializers, as tools that simplify models write them. */
export function withoutConstants(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (graph === undefined) throw new Error("a model without a graph");
  graph.node = graph.node.filter(({ opType, attribute, output }) => {
    const [value] = attribute;
    if (opType !== "Constant" || value?.t === undefined) return true;
    value.t.name = output[0] ?? "";
    graph.initializer.push(value.t);
    return false;
  });
  return toBinary(ModelProtoSchema, model);
}
