/** The rules of ONNX's checker, as far as the reader has them. */

import { decodeModel } from "../../src/read/decode.ts";
import { Planner } from "../../src/read/plan.ts";

/**
 * Throws where a name is read before it is defined, is defined twice, or a stored tensor does not have the axes that
 * its operators take.
 */
export function checkModel(
  bytes: Uint8Array,
  external: (location: string) => Uint8Array = () => new Uint8Array(),
): void {
  const { model, graph, versions } = decodeModel({ op: "checkModel", argument: "bytes" }, bytes);
  const planner = new Planner(model.functions, { floats: "float64", external });
  planner.graph(graph, versions, new Set());
  for (const [operator, reason] of planner.refused) throw new Error(`${operator}: ${reason}`);
}
