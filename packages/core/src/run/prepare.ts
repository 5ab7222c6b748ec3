/**
 * Preparing a trace for running. Ops that do not run in linear memory, such as loops over bodies, cut it
 * into stages, each a trace without such ops; between two stages those ops run on the stages' results.
 */

import { countOperations, grouped } from "../families/cost.ts";
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
import { chosenRunner, computeAll, Interpreter, type RunnerName } from "./runner.ts";
import {
  KernelMemoryError,
  type MemoryRun,
  runInMemory,
  workspaceForLoops,
} from "./wasm/backend.ts";

/** A trace that is ready to run. */
export interface Prepared {
  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** The steps, with the arithmetic and the memory of a run. */
  describe(): string;
  /** The linear memory that it needs; 0 where it runs in JavaScript. */
  bytes(): number;
  /** Gives up the memory that is kept between runs. */
  release(): void;
}

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

/**
 * A prepared trace whose ops have kernels: it runs in linear memory where that can be had, else op by op.
 */
class PlainPrepared implements Prepared {
  readonly #trace: Trace;
  readonly #runner: RunnerName | undefined;
  readonly #call: CallBody;
  /** For running op by op; made when that is first done. */
  #interpreter: Interpreter | undefined;
  /** Undefined while untried, null where there is none. */
  #program: MemoryRun | null | undefined;

  /** @param runner undefined for whichever is chosen when it runs. */
  constructor(trace: Trace, runner: RunnerName | undefined, call: CallBody) {
    this.#trace = trace;
    this.#runner = runner;
    this.#call = call;
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    try {
      return this.#inMemory()?.run(inputs) ?? this.#opByOp(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far here: from now on this program does without.
      this.release();
      this.#program = null;
      return this.#opByOp(inputs);
    }
  }

  describe(): string {
    const program = this.#inMemory();
    if (program !== undefined) return program.describe();
    const ops = this.#trace.nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
    const flops = ops.reduce((sum, node) => sum + countOperations(this.#trace, node), 0);
    return `${ops.length} ${ops.length === 1 ? "op" : "ops"} of ${grouped(flops)} flops, one by one`;
  }

  bytes(): number {
    return this.#inMemory()?.program.bytes ?? 0;
  }

  release(): void {
    this.#program?.release();
  }

  /** The program in linear memory, made when it is first needed; undefined for JavaScript. */
  #inMemory(): MemoryRun | undefined {
    if ((this.#runner ?? chosenRunner()) === "js") return undefined;
    if (this.#program === undefined) {
      const space = workspaceForLoops();
      this.#program = (space && runInMemory(this.#trace, space)) ?? null;
    }
    return this.#program ?? undefined;
  }

  #opByOp(inputs: readonly Tensor[]): Tensor[] {
    this.#interpreter ??= new Interpreter(this.#trace);
    const values = this.#interpreter.run(inputs, this.#runner, this.#call);
    const { assignments, outputs } = this.#trace;
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(values, outputs.length + i));
    });
    return values.slice(0, outputs.length);
  }
}

/** Whether an op is no call on linear memory, since it has bodies. */
function isJoint({ op }: Operation): boolean {
  return op.joint !== undefined;
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

  release(): void {
    for (const { own } of this.#stages) own?.release();
    for (const body of this.#bodies.values()) body.release();
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
  const own: StageOps[] = [noOps()];
  const stageAt = (id: number): StageOps => at(own, levels[id] ?? 0);
  nodes.forEach((node, id) => {
    if (node.kind === "part") {
      const level = levels[node.of] ?? 0;
      levels[id] = level;
      if (isPlain(nodes, node)) at(own, level).plain.push(id);
    }
    if (node.kind !== "operation") return;
    let level = 0;
    for (const input of node.inputs) level = Math.max(level, levels[input] ?? 0);
    levels[id] = isJoint(node) ? level + 1 : level;
    while (own.length <= level + 1) own.push(noOps());
    if (isJoint(node)) at(own, level + 1).joints.push(id);
    else at(own, level).plain.push(id);
    for (const input of node.inputs) {
      const isElsewhere = isJoint(node) || levels[input] !== level;
      if (isElsewhere && isPlain(nodes, nodeAt(nodes, input))) stageAt(input).exports.add(input);
    }
  });
  for (const id of rootsOf(trace))
    if (isPlain(nodes, nodeAt(nodes, id))) stageAt(id).exports.add(id);
  return own.map((ops) => stageOf(trace, ops, runner, call));
}

/** The ops of a stage: joint ones, and then the plain ones. */
interface StageOps {
  readonly joints: number[];
  readonly plain: number[];
  /** The plain ones that something else reads. */
  readonly exports: Set<number>;
}

function noOps(): StageOps {
  return { joints: [], plain: [], exports: new Set() };
}

/** Whether a value is computed in a stage. */
function isPlain(nodes: Trace["nodes"], node: TraceNode): boolean {
  const operation = node.kind === "part" ? nodeAt(nodes, node.of) : node;
  return operation.kind === "operation" && !isJoint(operation);
}

/** A stage, of which the plain ops are a trace that is made ready to run. */
function stageOf(
  { nodes }: Trace,
  { joints, plain, exports }: StageOps,
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
    const node = nodeAt(nodes, id);
    if (node.kind === "operation") node.inputs.forEach(take);
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
