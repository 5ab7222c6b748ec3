/**
 * The Program: a compiled function for one combination of shapes, ready to run.
 */

import { formatShape } from "../errors.ts";
import { Graph, type GraphNode } from "../graph/graph.ts";
import { type Attributes, NO_ATTRIBUTES, type Op, type TensorType } from "../graph/op.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import { compute, type RunnerName } from "../run/runner.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lower, replay } from "./replay.ts";
import { simplify } from "./simplify.ts";
import { rootsOf, type Trace } from "./trace.ts";

/** One op of a program. */
interface Step {
  readonly op: Op;
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
  readonly type: TensorType;
  readonly output: number;
  /** Values that no later step reads, and that are no results. */
  readonly released: readonly number[];
}

/** What `step.program(…)` gives: the steps of a compiled function, to run, read and draw. */
export class Program {
  /** As the function was recorded: with its composites, and with what stops gradients. */
  readonly #recorded: Trace;
  /** What is run: primitive ops, simplified. */
  readonly #trace: Trace;
  readonly #steps: readonly Step[];
  readonly #runner: RunnerName;

  /** @internal */
  constructor(recorded: Trace, runner: RunnerName) {
    const trace = simplify(lower(recorded));
    this.#recorded = recorded;
    this.#trace = trace;
    this.#runner = runner;
    this.#steps = stepsOf(trace);
  }

  /**
   * Runs on the values of the arguments' leaves, in order. Variables are read before anything is
   * assigned, so a step may swap two of them.
   * @internal
   */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { nodes, outputs, assignments } = this.#trace;
    const values: (Tensor | undefined)[] = new Array(nodes.length).fill(undefined);
    nodes.forEach((node, id) => {
      if (node.kind === "argument") values[id] = at(inputs, node.position);
      else if (node.kind === "state") values[id] = readCell(node.cell);
      else if (node.kind === "constant") values[id] = node.tensor;
    });
    for (const { op, inputs: ids, attributes, type, output, released } of this.#steps) {
      const operands = ids.map((id) => at(values as Tensor[], id));
      values[output] = compute(op, operands, attributes, type, this.#runner);
      for (const id of released) values[id] = undefined;
    }
    const computed = (id: number) => at(values as Tensor[], id);
    const results = outputs.map(computed);
    for (const { cell, id } of assignments) writeCell(cell, computed(id));
    return results;
  }

  /**
   * Runs through `apply`, for arguments or Variables that an outer recording is watching. The ops
   * are the recorded ones, since simplification keeps values but not every derivative.
   * @internal
   */
  replay(inputs: readonly Tensor[]): Tensor[] {
    const { outputs, assignments } = this.#recorded;
    const tensors = replay(this.#recorded, (node) => {
      if (node.kind === "argument") return at(inputs, node.position);
      return node.kind === "state" ? readCell(node.cell) : node.tensor;
    });
    const results = outputs.map((id) => at(tensors, id));
    for (const { cell, id } of assignments) writeCell(cell, at(tensors, id));
    return results;
  }

  /** Whether a Variable that the program reads is watched by an outer recording. @internal */
  readsRecorded(): boolean {
    return this.#recorded.nodes.some(
      (node) => node.kind === "state" && readCell(node.cell).level !== undefined,
    );
  }

  /** The computation as a graph, without values; its result is the function's first. */
  get graph(): Graph {
    const { nodes, outputs, assignments, names } = this.#trace;
    const drawn = nodes.map((node, id): GraphNode => {
      const { shape, dtype } = node;
      const name = names.get(id);
      const common = { id, name, shape, dtype, gradient: undefined };
      if (node.kind === "operation") {
        const { op, attributes } = node;
        const inputs = node.inputs.map((from) => ({
          from,
          localDerivative: undefined,
          gradient: undefined,
        }));
        return { ...common, kind: "operation", op, attributes, inputs, value: undefined };
      }
      return {
        ...common,
        kind: node.kind === "constant" ? "constant" : "input",
        op: undefined,
        attributes: NO_ATTRIBUTES,
        inputs: [],
        value: node.kind === "constant" ? node.tensor : undefined,
      };
    });
    return new Graph(drawn, outputs[0] ?? assignments[0]?.id ?? 0);
  }

  /** The steps in order, one a line, and the memory that their values need at most. */
  describe(): string {
    const { nodes, outputs, assignments } = this.#trace;
    const label = (id: number) => `%${id}`;
    const type = ({ dtype, shape }: TensorType) => `${dtype}${formatShape(shape)}`;
    const lines = nodes.map((node, id) => {
      const left = `${label(id)} = `;
      switch (node.kind) {
        case "argument":
          return `${left}argument ${node.position}: ${type(node)}`;
        case "state":
          return `${left}Variable: ${type(node)}`;
        case "constant":
          return `${left}constant${node.shape.length === 0 ? ` ${node.tensor}` : ""}: ${type(node)}`;
        case "operation": {
          const attributes =
            node.attributes === NO_ATTRIBUTES ? "" : ` ${JSON.stringify(node.attributes)}`;
          return `${left}${node.op.name} ${node.inputs.map(label).join(" ")}${attributes}: ${type(node)}`;
        }
        default:
          return node satisfies never;
      }
    });
    return [
      ...lines,
      `return ${outputs.map(label).join(" ") || "nothing"}`,
      ...assignments.map(({ id }) => `assign ${label(id)}`),
      `${this.#steps.length} steps on ${this.#runner}, at most ${this.#peakBytes()} bytes at once`,
    ].join("\n");
  }

  /** The most that the values of steps take up together at any time. */
  #peakBytes(): number {
    const bytesOf = (id: number) => {
      const { dtype, shape } = at(this.#trace.nodes, id);
      return BYTES[dtype] * sizeOf(shape);
    };
    const computed = new Set(this.#steps.map(({ output }) => output));
    let bytes = 0;
    let peak = 0;
    for (const { output, released } of this.#steps) {
      bytes += bytesOf(output);
      peak = Math.max(peak, bytes);
      for (const id of released) if (computed.has(id)) bytes -= bytesOf(id);
    }
    return peak;
  }
}

function stepsOf(trace: Trace): Step[] {
  const lastUse = new Map<number, number>();
  trace.nodes.forEach((node, id) => {
    if (node.kind === "operation") for (const input of node.inputs) lastUse.set(input, id);
  });
  for (const id of rootsOf(trace)) lastUse.delete(id);
  const releasedAt = new Map<number, number[]>();
  for (const [id, user] of lastUse) {
    releasedAt.set(user, [...(releasedAt.get(user) ?? []), id]);
  }
  return trace.nodes.flatMap((node, output): Step[] => {
    if (node.kind !== "operation") return [];
    const { op, inputs, attributes, shape, dtype, weak } = node;
    const released = releasedAt.get(output) ?? [];
    return [{ op, inputs, attributes, type: { shape, dtype, weak }, output, released }];
  });
}
