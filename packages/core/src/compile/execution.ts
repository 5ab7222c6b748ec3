/**
 * How a simplified trace runs: in linear memory where that can be had, else op by op.
 */

import type { CallBody } from "../graph/joint.ts";
import { printNode } from "../graph/print.ts";
import { writeCell } from "../graph/recording.ts";
import type { Trace } from "../graph/trace.ts";
import { Interpreter } from "../run/interpret.ts";
import { chosenRunner, type RunnerName } from "../run/runner.ts";
import { describeGroup } from "../run/wasm/emit/index.ts";
import { KernelMemoryError, workspace } from "../run/wasm/workspace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { countOperations } from "./cost.ts";
import { fuse } from "./fuse.ts";
import { MemoryRun } from "./memory.ts";
import { type Location, type Plan, plan, writesOf } from "./plan.ts";
import type { Unit } from "./units.ts";

/** Programs that need more linear memory run op by op: memory that has grown never shrinks. */
const MOST_BYTES = 2 ** 29;

/** What runs a trace. */
export interface Execution {
  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** Gives up the memory that is kept between runs. */
  leave(): void;
  /** The steps, with the arithmetic and the memory of a run. */
  describe(): string;
}

/** Runs a trace whose ops are all primitive and have no bodies. */
export class PlainExecution implements Execution {
  readonly #trace: Trace;
  readonly #runner: RunnerName | undefined;
  readonly #call: CallBody;
  /** For running op by op; made when that is first done. */
  #interpreter: Interpreter | undefined;
  /** What runs as one in linear memory; made when that is first done or printed. */
  #fused: readonly Unit[] | undefined;
  /** Undefined while untried, null where there is none. */
  #memory: MemoryRun | null | undefined;

  /** @param runner undefined for whichever is chosen when it runs. */
  constructor(trace: Trace, runner: RunnerName | undefined, call: CallBody) {
    this.#trace = trace;
    this.#runner = runner;
    this.#call = call;
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    try {
      return this.#inMemory()?.run(inputs) ?? this.#stepByStep(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far here: from now on this program does without.
      this.leave();
      this.#memory = null;
      return this.#stepByStep(inputs);
    }
  }

  leave(): void {
    this.#memory?.leave();
  }

  /** The program in linear memory, made on the first run; undefined where it runs in JavaScript. */
  #inMemory(): MemoryRun | undefined {
    if ((this.#runner ?? chosenRunner()) === "js") return undefined;
    if (this.#memory === undefined) this.#memory = this.#makeMemory() ?? null;
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

  #stepByStep(inputs: readonly Tensor[]): Tensor[] {
    this.#interpreter ??= new Interpreter(this.#trace);
    const values = this.#interpreter.run(inputs, this.#runner, this.#call);
    const { assignments, outputs } = this.#trace;
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(values, outputs.length + i));
    });
    return values.slice(0, outputs.length);
  }

  describe(): string {
    return this.#inMemory() === undefined ? this.#printSteps() : this.#printUnits();
  }

  #printUnits(): string {
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
