/**
 * The files beside a model: their names in it, and their addresses.
 */

import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from "../generated/onnx_pb.js";
import { locationOf } from "./elements.ts";

/** Returns the names of the files that have elements of a model, each with a tensor that is stored there. */
export function filesBeside({ graph, functions }: ModelProto): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const take = (tensor: TensorProto, name: string) => {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) return;
    files.set(locationOf(tensor), tensor.name || name);
  };
  // The recursion is bounded, since the decoder limits the nesting of graphs.
  const inAttribute = ({ name, t, tensors, g, graphs }: AttributeProto): void => {
    for (const tensor of t === undefined ? tensors : [t, ...tensors]) take(tensor, name);
    for (const inner of g === undefined ? graphs : [g, ...graphs]) inGraph(inner);
  };
  const inNodes = (nodes: readonly NodeProto[]): void => {
    for (const { attribute } of nodes) attribute.forEach(inAttribute);
  };
  const inGraph = ({ initializer, node }: GraphProto): void => {
    for (const tensor of initializer) take(tensor, tensor.name);
    inNodes(node);
  };
  if (graph !== undefined) inGraph(graph);
  for (const { node } of functions) inNodes(node);
  return files;
}

/** Returns the address of a file beside a model: in its folder or in a subfolder; undefined for any other path. */
export function addressBeside(model: string, location: string): string | undefined {
  const steps = location.split("/").filter((step) => step !== ".");
  const isInside = steps.length > 0 && !steps.includes("") && !steps.includes("..");
  if (!isInside || location.includes("\\")) return undefined;
  return new URL(steps.map(encodeURIComponent).join("/"), model).href;
}
