/**
 * Dataflow analysis of a trace: marks spread from results backward to the values that they depend on, or from inputs
 * forward to the values that depend on them. All such analyses use these functions, each with a rule for one operation.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { nodeAt, type Operation, type Trace } from "./trace.ts";

/** Returns the marks of an operation's inputs, from the marks of all its results. */
export type BackwardRule<Mark> = (node: Operation, marks: readonly Mark[]) => readonly Mark[];

/**
 * Spreads the marks of results backward, and returns the marks of the inputs; of several marks of a value, the greatest
 * counts.
 */
export function spreadBack<Mark extends number>(
  trace: Trace,
  results: readonly Mark[],
  none: Mark,
  rule: BackwardRule<Mark>,
): Mark[] {
  const { nodes } = trace;
  const byId = new Array<Mark>(nodes.length).fill(none);
  /** By id: the marks of the results of multi-output operations. */
  const others = new Map<number, Mark[]>();
  const mark = (id: number, value: Mark) => {
    if (value > at(byId, id)) byId[id] = value;
  };
  trace.outputs.forEach((id, i) => {
    mark(id, results[i] ?? none);
  });
  const byInput = trace.parameters.map(() => none);
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(nodes, id);
    const value = at(byId, id);
    if (node.kind === "argument" && value > at(byInput, node.position))
      byInput[node.position] = value;
    if (node.kind === "projection" && value > none) {
      const list = others.get(node.of) ?? [];
      list[node.index] = value;
      others.set(node.of, list);
    }
    const rest = others.get(id);
    if (node.kind !== "operation" || (value === none && rest === undefined)) continue;
    const marks =
      rest === undefined
        ? [value]
        : Array.from(rest, (each, i) => (i === 0 ? value : (each ?? none)));
    const inner = rule(node, marks);
    node.inputs.forEach((input, k) => {
      mark(input, inner[k] ?? none);
    });
  }
  return byInput;
}

/** Returns the marks of an operation's results, or one mark for all, from the marks of its inputs. */
export type ForwardRule<Mark> = (node: Operation, marks: readonly Mark[]) => Mark | readonly Mark[];

/** Spreads marks of the inputs, and of constants if they have any, to all values, by id. */
export function spreadForward<Mark extends number>(
  { nodes }: Trace,
  inputs: readonly Mark[],
  none: Mark,
  rule: ForwardRule<Mark>,
  ofConstant: (tensor: Tensor) => Mark = () => none,
): Mark[] {
  const byId: Mark[] = [];
  const results = new Map<number, readonly Mark[]>();
  const pick = (found: Mark | readonly Mark[], index: number) =>
    (typeof found === "object" ? found[index] : found) ?? none;
  nodes.forEach((node, id) => {
    if (node.kind === "argument") byId.push(inputs[node.position] ?? none);
    else if (node.kind === "projection") {
      byId.push(pick(results.get(node.of) ?? at(byId, node.of), node.index));
    } else if (node.kind === "constant") byId.push(ofConstant(node.tensor));
    else if (node.kind === "state") byId.push(none);
    else {
      const marks = node.inputs.map((input) => at(byId, input));
      const found = marks.some((mark) => mark > none) ? rule(node, marks) : none;
      if (typeof found === "object") results.set(id, found);
      byId.push(pick(found, 0));
    }
  });
  return byId;
}
