/**
 * The Program: a compiled function for one combination of shapes, ready to run.
 */

import { Graph, type GraphNode } from "../graph/graph.ts";
import { type Attributes, NO_ATTRIBUTES, type Op, type TensorType } from "../graph/op.ts";
import { type Cell, peekCell, readCell, writeCell } from "../graph/recording.ts";
import { chosenRunner, compute, type RunnerName } from "../run/runner.ts";
import { describeGroup } from "../run/wasm/emit/index.ts";
import { KernelMemoryError, workspace } from "../run/wasm/workspace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { countOperations } from "./cost.ts";
import { fuse } from "./fuse.ts";
import { MemoryRun } from "./memory.ts";
import { type Location, type Plan, plan, writesOf } from "./plan.ts";
import { printNode, printTrace } from "./print.ts";
import { lower, replay } from "./replay.ts";
import { simplify } from "./simplify.ts";
import { rootsOf, type Trace } from "./trace.ts";
import type { Unit } from "./units.ts";

/** Programs that need more linear memory run op by op: memory that has grown never shrinks. */
const MOST_BYTES = 2 ** 29;

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
  /** For running op by op; made when that is first done. */
  #steps: readonly Step[] | undefined;
  /** What runs as one in linear memory; made when that is first done or printed. */
  #fused: readonly Unit[] | undefined;
  /** The Variables that are read. */
  readonly #cells: readonly Cell[];
  /** Undefined: whichever is chosen when the program runs. */
  readonly #runner: RunnerName | undefined;
  /** Undefined while untried, null where there is none. */
  #memory: MemoryRun | null | undefined;

  /** @internal */
  constructor(recorded: Trace, runner: RunnerName | undefined) {
    const trace = simplify(lower(recorded));
    this.#recorded = recorded;
    this.#trace = trace;
    this.#runner = runner;
    this.#cells = recorded.nodes.flatMap((node) => (node.kind === "state" ? [node.cell] : []));
  }

  /**
   * Runs on the values of the arguments' leaves, in order. Variables are read before anything is
   * assigned, so a step may swap two of them.
   * @internal
   */
  run(inputs: readonly Tensor[]): Tensor[] {
    try {
      return this.#inMemory()?.run(inputs) ?? this.#stepByStep(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far here: from now on this program does without.
      this.leaveMemory();
      this.#memory = null;
      return this.#stepByStep(inputs);
    }
  }

  /** Gives up the memory that the program keeps between runs. @internal */
  leaveMemory(): void {
    this.#memory?.leave();
  }

  /** The program in linear memory, made on the first run; undefined where it runs in JavaScript. */
  #inMemory(): MemoryRun | undefined {
    if ((this.#runner ?? chosenRunner()) === "js") return undefined;
    if (this.#memory === undefined) {
      this.#memory = this.#makeMemory() ?? null;
    }
    return this.#memory ?? undefined;
  }

  #makeMemory(): MemoryRun | undefined {
    const space = workspace();
    if (space === undefined) return undefined;
    const layout = plan(this.#trace, this.#units);
    if (layout.scratchBytes + layout.ownBytes > MOST_BYTES) return undefined;
    return new MemoryRun(this.#trace, this.#units, layout, space);
  }

  get #units(): readonly Unit[] {
    this.#fused ??= fuse(this.#trace);
    return this.#fused;
  }

  /** Every op on its own, in JavaScript: what all other ways of running must agree with. */
  #stepByStep(inputs: readonly Tensor[]): Tensor[] {
    const { nodes } = this.#trace;
    const values: (Tensor | undefined)[] = new Array(nodes.length).fill(undefined);
    nodes.forEach((node, id) => {
      if (node.kind === "argument") values[id] = at(inputs, node.position);
      else if (node.kind === "state") values[id] = readCell(node.cell);
      else if (node.kind === "constant") values[id] = node.tensor;
    });
    this.#steps ??= stepsOf(this.#trace);
    for (const { op, inputs: ids, attributes, type, output, released } of this.#steps) {
      const operands = ids.map((id) => at(values as Tensor[], id));
      values[output] = compute(op, operands, attributes, type, this.#runner);
      for (const id of released) values[id] = undefined;
    }
    const { outputs, assignments } = this.#trace;
    const results = outputs.map((id) => at(values as Tensor[], id));
    for (const { cell, id } of assignments) writeCell(cell, at(values as Tensor[], id));
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
    return this.#cells.some((cell) => peekCell(cell).level !== undefined);
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

  /**
   * The ops one a line, and then how they are run: loops of fused ops and single ops, in order, with
   * the arithmetic and the memory of a run. With the backend "js", where WebAssembly is missing, and
   * where memory does not suffice, they run one by one.
   */
  describe(): string {
    return `${printTrace(this.#trace)}\n\n${this.#printUnits()}`;
  }

  /** The program at every stage from the recorded function to the steps that are run. */
  stages(): string {
    return [
      `recorded:\n${printTrace(this.#recorded)}`,
      `lowered:\n${printTrace(lower(this.#recorded))}`,
      `simplified:\n${printTrace(this.#trace)}`,
      this.#printUnits(),
    ].join("\n\n");
  }

  #printUnits(): string {
    if (this.#inMemory() === undefined) return this.#printSteps();
    const layout = plan(this.#trace, this.#units);
    const count = this.#units.length;
    const flops = grouped(countOperations(this.#trace, this.#units));
    const place = (id: number) => `%${id}@${printLocation(layout.locations[id])}`;
    const lines = this.#units.map((unit) => {
      const work =
        unit.kind === "group"
          ? `loop over [${unit.group.shape}]: ${describeGroup(unit.group)}`
          : printNode(this.#trace, unit.id);
      return `  ${writesOf(unit).map(place).join(" ")} <- ${work} (${unit.reads.map(place).join(" ")})`;
    });
    return [
      `${count} ${count === 1 ? "step" : "steps"} of ${flops} flops in ${printSizes(layout)}, values at their places:`,
      ...lines,
    ].join("\n");
  }

  #printSteps(): string {
    const alone = this.#trace.nodes.flatMap((node, id): Unit[] =>
      node.kind === "operation" ? [{ kind: "operation", id, reads: node.inputs }] : [],
    );
    const flops = grouped(countOperations(this.#trace, alone));
    return `${alone.length} ${alone.length === 1 ? "op" : "ops"} of ${flops} flops, one by one`;
  }
}

/** `64` for scratch memory, `own+64`, `variable 2`. */
function printLocation(location: Location | undefined): string {
  if (location?.region === "variable") return `variable ${location.home}`;
  return location?.region === "own" ? `own+${location.offset}` : String(location?.offset);
}

function printSizes({ scratchBytes, ownBytes, homes }: Plan): string {
  const parts = [`${grouped(scratchBytes)} bytes`];
  if (ownBytes > 0) parts.push(`${grouped(ownBytes)} of its own`);
  if (homes.length > 0) parts.push(`homes of ${homes.length} Variables`);
  return parts.join(", ");
}

/** 1234567 as 1,234,567. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
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
