/**
 * Preparing a trace for running. Ops that do not run in linear memory, such as loops over bodies, cut it
 * into stages, each a trace without such ops; between two stages those ops run on the stages' results.
 */

import type { CallBody } from "../graph/joint.ts";
import { printNode } from "../graph/print.ts";
import { readCell, writeCell } from "../graph/recording.ts";
import { givenValue } from "../graph/replay.ts";
import {
  argumentNode,
  movedNode,
  nodeAt,
  type Operation,
  partsByOperation,
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
  readonly #parts: ReturnType<typeof partsByOperation>;

  constructor(
    trace: Trace,
    runner: RunnerName | undefined,
    call: CallBody,
    bodies: ReadonlyMap<Trace, Prepared>,
  ) {
    this.#trace = trace;
    this.#call = call;
    this.#bodies = bodies;
    this.#parts = partsByOperation(trace);
    this.#stages = stagesOf(trace, runner, call);
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    const { nodes, outputs, assignments } = this.#trace;
    const values: (Tensor | undefined)[] = nodes.map((node) => givenValue(node, inputs, readCell));
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

/** Every op runs in the first stage in which all that it reads is there. */
function stagesOf(trace: Trace, runner: RunnerName | undefined, call: CallBody): Stage[] {
  const { nodes } = trace;
  const levels = new Int32Array(nodes.length);
  const parts: Part[] = [newPart()];
  const partOf = (id: number): Part => at(parts, levels[id] ?? 0);
  nodes.forEach((node, id) => {
    if (node.kind === "part") levels[id] = levels[node.of] ?? 0;
    if (node.kind !== "operation") return;
    let level = 0;
    for (const input of node.inputs) level = Math.max(level, levels[input] ?? 0);
    levels[id] = isJoint(node) ? level + 1 : level;
    while (parts.length <= level + 1) parts.push(newPart());
    if (isJoint(node)) at(parts, level + 1).joints.push(id);
    else at(parts, level).plain.push(id);
    for (const input of node.inputs) {
      const isElsewhere = isJoint(node) || levels[input] !== level;
      if (isElsewhere && isPlain(nodeAt(nodes, input))) partOf(input).exports.add(input);
    }
  });
  for (const id of rootsOf(trace)) if (isPlain(nodeAt(nodes, id))) partOf(id).exports.add(id);
  return parts.map((part) => stageOf(trace, part, runner, call));
}

/** The ops of a stage: joint ones, and then the plain ones. */
interface Part {
  readonly joints: number[];
  readonly plain: number[];
  /** The plain ones that something else reads. */
  readonly exports: Set<number>;
}

function newPart(): Part {
  return { joints: [], plain: [], exports: new Set() };
}

function isPlain(node: TraceNode): boolean {
  return node.kind === "operation" && !isJoint(node);
}

/** A stage, of which the plain ops are a trace that is made ready to run. */
function stageOf(
  { nodes }: Trace,
  { joints, plain, exports }: Part,
  runner: RunnerName | undefined,
  call: CallBody,
): Stage {
  if (exports.size === 0) return { joints, own: undefined, imports: [], exports: [] };
  const taken: TraceNode[] = [];
  const imports: number[] = [];
  const newId: number[] = [];
  const take = (id: number): void => {
    if (newId[id] !== undefined) return;
    const node = nodeAt(nodes, id);
    const given = node.kind === "constant" ? node : argumentNode(node, imports.push(id) - 1);
    newId[id] = taken.push(given) - 1;
  };
  for (const id of plain) {
    const node = nodeAt(nodes, id) as Operation;
    node.inputs.forEach(take);
    newId[id] = taken.push(movedNode(node, newId)) - 1;
  }
  const stage: Trace = {
    nodes: taken,
    parameters: imports.map((id) => nodeAt(nodes, id)),
    outputs: [...exports].map((id) => numberAt(newId, id)),
    assignments: [],
    names: new Map(),
  };
  return { joints, own: new PlainPrepared(stage, runner, call), imports, exports: [...exports] };
}
