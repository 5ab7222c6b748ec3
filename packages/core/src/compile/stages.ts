/**
 * Programs with ops that do not run in linear memory, such as loops over bodies: the trace is cut into
 * stages, each a trace without such ops, and between two stages those ops run on the stages' results.
 */

import type { CallBody } from "../graph/joint.ts";
import { printNode } from "../graph/print.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import {
  movedNode,
  nodeAt,
  type Operation,
  rootsOf,
  type Trace,
  type TraceNode,
} from "../graph/trace.ts";
import { computeAll, type RunnerName } from "../run/runner.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Execution, PlainExecution } from "./execution.ts";
import { simplify } from "./simplify.ts";

/** Prepares a simplified trace for running. */
export function execute(trace: Trace, runner: RunnerName | undefined): Execution {
  const programs = new Map<Trace, Execution>();
  const call: CallBody = (body, inputs) => {
    let program = programs.get(body);
    if (program === undefined) {
      program = execute(simplify(body), runner);
      programs.set(body, program);
    }
    return program.run(inputs);
  };
  const plain = trace.nodes.every((node) => node.kind !== "operation" || !isJoint(node));
  return plain
    ? new PlainExecution(trace, runner, call)
    : new StagedExecution(trace, runner, call, programs);
}

function isJoint({ op }: Operation): boolean {
  return op.results !== undefined;
}

/** A stage, and the ops that run before it. */
interface Stage {
  readonly joints: number[];
  readonly execution: Execution | undefined;
  /** The ids of its arguments, and of its results. */
  readonly imports: readonly number[];
  readonly exports: readonly number[];
}

class StagedExecution implements Execution {
  readonly #trace: Trace;
  readonly #call: CallBody;
  readonly #bodies: ReadonlyMap<Trace, Execution>;
  readonly #stages: readonly Stage[];
  /** By operation: its other results. */
  readonly #parts = new Map<number, { id: number; index: number }[]>();

  constructor(
    trace: Trace,
    runner: RunnerName | undefined,
    call: CallBody,
    bodies: ReadonlyMap<Trace, Execution>,
  ) {
    this.#trace = trace;
    this.#call = call;
    this.#bodies = bodies;
    trace.nodes.forEach((node, id) => {
      if (node.kind !== "part") return;
      this.#parts.set(node.of, [...(this.#parts.get(node.of) ?? []), { id, index: node.index }]);
    });
    this.#stages = stagesOf(trace, runner, call);
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    const { nodes, outputs, assignments } = this.#trace;
    const values: (Tensor | undefined)[] = nodes.map((node) => givenValue(node, inputs));
    const read = (id: number) => at(values as Tensor[], id);
    for (const { joints, execution, imports, exports } of this.#stages) {
      for (const id of joints) {
        const { op, attributes, inputs: ids } = nodeAt(nodes, id) as Operation;
        const results = computeAll(op, ids.map(read), attributes, this.#call);
        values[id] = at(results, 0);
        for (const part of this.#parts.get(id) ?? []) values[part.id] = at(results, part.index);
      }
      execution?.run(imports.map(read)).forEach((value, i) => {
        values[numberAt(exports, i)] = value;
      });
    }
    // All is computed before anything is assigned.
    const results = outputs.map(read);
    const assigned = assignments.map(({ id }) => read(id));
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(assigned, i));
    });
    return results;
  }

  leave(): void {
    for (const { execution } of this.#stages) execution?.leave();
    for (const body of this.#bodies.values()) body.leave();
  }

  describe(): string {
    return this.#stages
      .flatMap(({ joints, execution }) => [
        ...joints.map((id) => `then, outside of linear memory: ${printNode(this.#trace, id)}`),
        ...(execution === undefined ? [] : [execution.describe()]),
      ])
      .join("\n");
  }
}

function givenValue(node: TraceNode, inputs: readonly Tensor[]): Tensor | undefined {
  switch (node.kind) {
    case "argument":
      return at(inputs, node.position);
    case "state":
      return readCell(node.cell);
    case "constant":
      return node.tensor;
    default:
      return undefined;
  }
}

/** Every op runs in the first stage in which all that it reads is there. */
function stagesOf(trace: Trace, runner: RunnerName | undefined, call: CallBody): Stage[] {
  const levels = new Int32Array(trace.nodes.length);
  const joints: number[][] = [[]];
  trace.nodes.forEach((node, id) => {
    if (node.kind === "part") levels[id] = levels[node.of] ?? 0;
    if (node.kind !== "operation") return;
    let level = 0;
    for (const input of node.inputs) level = Math.max(level, levels[input] ?? 0);
    levels[id] = isJoint(node) ? level + 1 : level;
    while (joints.length <= level + 1) joints.push([]);
    if (isJoint(node)) joints[level + 1]?.push(id);
  });
  return joints.map((own, level) => ({
    joints: own,
    ...stageOf(trace, levels, level, runner, call),
  }));
}

/** The trace of the plain ops of a level, made ready to run. */
function stageOf(
  trace: Trace,
  levels: Int32Array,
  level: number,
  runner: RunnerName | undefined,
  call: CallBody,
): Omit<Stage, "joints"> {
  const { nodes } = trace;
  const isOwn = (id: number): boolean => {
    const node = nodeAt(nodes, id);
    return node.kind === "operation" && !isJoint(node) && levels[id] === level;
  };
  const exported = new Set<number>(rootsOf(trace).filter(isOwn));
  nodes.forEach((node, id) => {
    if (node.kind !== "operation" || isOwn(id)) return;
    for (const input of node.inputs) if (isOwn(input)) exported.add(input);
  });
  const own: TraceNode[] = [];
  const imports: number[] = [];
  const newId = new Array<number>(nodes.length).fill(-1);
  const take = (id: number): void => {
    if (newId[id] !== -1) return;
    const { shape, dtype, weak } = nodeAt(nodes, id);
    const node = nodeAt(nodes, id);
    const taken: TraceNode =
      node.kind === "constant"
        ? node
        : { shape, dtype, weak, kind: "argument", position: imports.push(id) - 1 };
    newId[id] = own.push(taken) - 1;
  };
  nodes.forEach((node, id) => {
    if (node.kind !== "operation" || !isOwn(id)) return;
    node.inputs.forEach(take);
    newId[id] = own.push(movedNode(node, newId)) - 1;
  });
  const exports = [...exported];
  if (exports.length === 0) return { execution: undefined, imports: [], exports };
  const stage: Trace = {
    nodes: own,
    parameters: imports.map((id) => nodeAt(nodes, id)),
    outputs: exports.map((id) => numberAt(newId, id)),
    assignments: [],
    names: new Map(),
  };
  return { execution: new PlainExecution(stage, runner, call), imports, exports };
}
