/** The operations that a GPU cannot compute, and their error messages. */

import { lineOf } from "../../callSite.ts";
import { ArgumentError, formatShape } from "../../errors.ts";
import { bodiesOf, nodeAt, type Operation, type Trace } from "../../graph/trace.ts";
import { supportOf, takesSeeds } from "./target.ts";

/**
 * Throws for a value of a dtype that the GPU lacks, and for an op that it cannot compute.
 *
 * @param isLeft true for the ids of values that the host does not compute. Default: all.
 */
export function checkOps(trace: Trace, isLeft: (id: number) => boolean = () => true): void {
  const { nodes } = trace;
  nodes.forEach((node, id) => {
    if (node.kind !== "operation" || !isLeft(id)) return;
    const { op, inputs } = node;
    if (supportOf(op) === "refused") {
      throw refused(node, {
        expected: "an op that WebGPU has",
        got: `${op.name}, which runs on WebAssembly alone`,
        hint: ELSEWHERE,
      });
    }
    for (const body of bodiesOf(node.attributes)) checkOps(body);
    if (op.bodies?.control !== undefined) return;
    const wide = [id, ...inputs].filter((each) => nodeAt(nodes, each).dtype === "float64");
    const first = wide[0];
    if (first === undefined) return;
    const { shape } = nodeAt(nodes, first);
    if (takesSeeds(op) && first !== id && shape.length === 0) return;
    throw refused(node, {
      expected: "float32, int32 or bool",
      got: `float64 ${formatShape(shape)}, which is nothing that the host computes`,
      hint: isLeaf(trace, wide)
        ? `Cast to float32, or ${ELSEWHERE[0]?.toLowerCase()}${ELSEWHERE.slice(1)}`
        : ELSEWHERE,
    });
  });
}

const ELSEWHERE = "Compile this part for WebAssembly";

/** True if a float64 value depends on a float64 input, and not only on a cast or a draw within the function. */
function isLeaf({ nodes }: Trace, ids: readonly number[]): boolean {
  const found = new Set(ids);
  let isMade = false;
  // The loop also visits ids that are added to the set meanwhile.
  for (const id of found) {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument" || node.kind === "state") {
      if (node.shape.length > 0) return true;
    } else if (node.kind !== "constant") {
      const inputs = node.kind === "projection" ? [node.of] : node.inputs;
      const wide = inputs.filter((input) => nodeAt(nodes, input).dtype === "float64");
      if (wide.length === 0) isMade = true;
      for (const input of wide) found.add(input);
    }
  }
  return !isMade;
}

function refused(
  { op, location }: Operation,
  {
    expected,
    got,
    hint,
  }: { readonly expected: string; readonly got: string; readonly hint: string },
): ArgumentError {
  const line = lineOf(location?.trace);
  const where = [location?.layerPath, line && `at ${line}`].filter(Boolean).join(", ");
  const found = where === "" ? got : `${got} (${where})`;
  return new ArgumentError(op.name, "", expected, found, hint);
}
