/**
 * Traces run op by op on stored tensors: what every other way of running must agree with, and how bodies
 * run outside of compiled programs.
 */

import type { CallBody } from "../graph/joint.ts";
import { readCell, withoutRecordingConstants } from "../graph/recording.ts";
import { givenValue } from "../graph/replay.ts";
import {
  neededNodes,
  type Operation,
  partsByOperation,
  rootsOf,
  type Trace,
} from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { compute, computeAll, type RunnerName } from "./runner.ts";

/** One op of a trace. */
interface Step {
  readonly operation: Operation;
  readonly output: number;
  /** The ids of the other results. */
  readonly parts: readonly { readonly id: number; readonly index: number }[];
  /** Values that no later step reads, and that are no results. */
  readonly released: readonly number[];
}

/** A trace as a list of steps. */
export class Interpreter {
  readonly #trace: Trace;
  readonly #steps: readonly Step[];
  readonly #roots: readonly number[];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#roots = rootsOf(trace);
    this.#steps = stepsOf(trace, this.#roots);
  }

  /** The results for the given arguments, and behind them what is to be assigned to Variables. */
  run(inputs: readonly Tensor[], runner: RunnerName | undefined, call: CallBody): Tensor[] {
    const { nodes } = this.#trace;
    const values: (Tensor | undefined)[] = [];
    for (const node of nodes) values.push(givenValue(node, inputs, readCell));
    const read = (id: number) => at(values as Tensor[], id);
    for (const { operation, output, parts, released } of this.#steps) {
      const { op, attributes } = operation;
      const operands = operation.inputs.map(read);
      if (op.results === undefined) {
        const { body } = op;
        values[output] =
          body !== undefined
            ? withoutRecordingConstants(() => body(operands, attributes))
            : compute(op, operands, attributes, operation, runner);
      } else {
        const results = computeAll(op, operands, attributes, call);
        values[output] = at(results, 0);
        for (const { id, index } of parts) values[id] = at(results, index);
      }
      for (const id of released) values[id] = undefined;
    }
    return this.#roots.map(read);
  }
}

function stepsOf(trace: Trace, roots: readonly number[]): Step[] {
  const needed = neededNodes(trace);
  const lastUse = new Map<number, number>();
  const parts = partsByOperation(trace, needed);
  trace.nodes.forEach((node, id) => {
    if (node.kind !== "operation" || needed[id] === 0) return;
    for (const input of node.inputs) lastUse.set(input, id);
  });
  for (const id of roots) lastUse.delete(id);
  const releasedAt = new Map<number, number[]>();
  for (const [id, user] of lastUse) {
    const known = releasedAt.get(user);
    if (known === undefined) releasedAt.set(user, [id]);
    else known.push(id);
  }
  return trace.nodes.flatMap((node, output): Step[] => {
    if (node.kind !== "operation" || needed[output] === 0) return [];
    const released = releasedAt.get(output) ?? [];
    return [{ operation: node, output, parts: parts.get(output) ?? [], released }];
  });
}

const interpreters = new WeakMap<Trace, Interpreter>();

/** Runs a body op by op, with the chosen runner. */
export const interpretBody: CallBody = (body, inputs) => {
  let interpreter = interpreters.get(body);
  if (interpreter === undefined) {
    interpreter = new Interpreter(body);
    interpreters.set(body, interpreter);
  }
  return interpreter.run(inputs, undefined, interpretBody);
};
