/**
 * Preparing a trace for running. Ops that do not run in linear memory, such as loops over bodies, cut it
 * into stages, each a trace without such ops; between two stages those ops run on the stages' results.
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
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PlainPrepared, type Prepared } from "./plain.ts";
import { computeAll, type RunnerName } from "./runner.ts";

/**
 * Prepares a lowered and simplified trace, in the bodies of which all is lowered and simplified, too.
 *
 * @param runner undefined for whichever is chosen when it runs.
 */
export function prepare(trace: Trace, runner: RunnerName | undefined): Prepared {
  const programs = new Map<Trace, Prepared>();
  const call: CallBody = (body, inputs) => {
    let program = programs.get(body);
    if (program === undefined) {
      program = prepare(body, runner);
      programs.set(body, program);
    }
    return program.run(inputs);
  };
  const plain = trace.nodes.every((node) => node.kind !== "operation" || !isJoint(node));
  return plain
    ? new PlainPrepared(trace, runner, call)
    : new StagedPrepared(trace, runner, call, programs);
}

function isJoint({ op }: Operation): boolean {
  return op.results !== undefined;
}

/** A stage, and the ops that run before it. */
interface Stage {
  readonly joints: number[];
  readonly own: Prepared | undefined;
  /** The ids of its arguments, and of its results. */
  readonly imports: readonly number[];
  readonly exports: readonly number[];
}

class StagedPrepared implements Prepared {
  readonly #trace: Trace;
  readonly #call: CallBody;
  readonly #bodies: ReadonlyMap<Trace, Prepared>;
  readonly #stages: readonly Stage[];
  /** By operation: its other results. */
  readonly #parts = new Map<number, { id: number; index: number }[]>();

  constructor(
    trace: Trace,
    runner: RunnerName | undefined,
    call: CallBody,
    bodies: ReadonlyMap<Trace, Prepared>,
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
    for (const { joints, own, imports, exports } of this.#stages) {
      for (const id of joints) {
        const { op, attributes, inputs: ids } = nodeAt(nodes, id) as Operation;
        const results = computeAll(op, ids.map(read), attributes, this.#call);
        values[id] = at(results, 0);
        for (const part of this.#parts.get(id) ?? []) values[part.id] = at(results, part.index);
      }
      own?.run(imports.map(read)).forEach((value, i) => {
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

  bytes(): number {
    return this.#stages.reduce((most, { own }) => Math.max(most, own?.bytes() ?? 0), 0);
  }

  leave(): void {
    for (const { own } of this.#stages) own?.leave();
    for (const body of this.#bodies.values()) body.leave();
  }

  describe(): string {
    return this.#stages
      .flatMap(({ joints, own }) => [
        ...joints.map((id) => `then, outside of linear memory: ${printNode(this.#trace, id)}`),
        ...(own === undefined ? [] : [own.describe()]),
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
  return joints.map((before, level) => ({
    joints: before,
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
  const taken: TraceNode[] = [];
  const imports: number[] = [];
  const newId = new Array<number>(nodes.length).fill(-1);
  const take = (id: number): void => {
    if (newId[id] !== -1) return;
    const { shape, dtype, weak } = nodeAt(nodes, id);
    const node = nodeAt(nodes, id);
    const copy: TraceNode =
      node.kind === "constant"
        ? node
        : { shape, dtype, weak, kind: "argument", position: imports.push(id) - 1 };
    newId[id] = taken.push(copy) - 1;
  };
  nodes.forEach((node, id) => {
    if (node.kind !== "operation" || !isOwn(id)) return;
    node.inputs.forEach(take);
    newId[id] = taken.push(movedNode(node, newId)) - 1;
  });
  const exports = [...exported];
  if (exports.length === 0) return { own: undefined, imports: [], exports };
  const stage: Trace = {
    nodes: taken,
    parameters: imports.map((id) => nodeAt(nodes, id)),
    outputs: exports.map((id) => numberAt(newId, id)),
    assignments: [],
    names: new Map(),
  };
  return { own: new PlainPrepared(stage, runner, call), imports, exports };
}
