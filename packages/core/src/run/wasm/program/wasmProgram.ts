/**
 * A trace as a program in linear memory: what loops can compute is fused, everything gets its place, and
 * the units run one after the other.
 */

import { countOperations, grouped } from "../../../families/cost.ts";
import { printNode, printTrace } from "../../../graph/print.ts";
import { nodeAt, type Operation, type Trace } from "../../../graph/trace.ts";
import { sizeOf } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { describeGroup } from "../emit/index.ts";
import type { Workspace } from "../workspace.ts";
import { fuse } from "./fuse.ts";
import { MemoryRun } from "./memory.ts";
import { type Location, type Plan, plan, writesOf } from "./plan.ts";
import { withKernelReductions } from "./scatteredReductions.ts";
import type { Unit } from "./units.ts";

/** Programs that need more linear memory run op by op: memory that has grown never shrinks. */
const MOST_BYTES = 2 ** 29;

/** A program of a trace; undefined where it needs too much memory. */
export function programOf(trace: Trace, space: Workspace): WasmProgram | undefined {
  const own = withKernelReductions(trace);
  const units = fuse(own);
  const layout = plan(own, units);
  const fits = layout.scratchBytes + layout.ownBytes <= MOST_BYTES;
  return fits ? new WasmProgram(own, units, layout, space, own === trace) : undefined;
}

export class WasmProgram {
  readonly #trace: Trace;
  readonly #units: readonly Unit[];
  readonly #layout: Plan;
  readonly #run: MemoryRun;
  /** Whether the trace is the one that it was made of. */
  readonly #same: boolean;

  constructor(trace: Trace, units: readonly Unit[], layout: Plan, space: Workspace, same: boolean) {
    this.#trace = trace;
    this.#units = units;
    this.#layout = layout;
    this.#run = new MemoryRun(trace, units, layout, space);
    this.#same = same;
  }

  /** The linear memory that it needs. */
  get bytes(): number {
    return this.#layout.scratchBytes + this.#layout.ownBytes;
  }

  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[] {
    return this.#run.run(inputs);
  }

  /** Gives up the memory that is kept between runs. */
  leave(): void {
    this.#run.leave();
  }

  /** The units in order, with the arithmetic of a run, and the place of every value. */
  describe(): string {
    const { locations } = this.#layout;
    const count = this.#units.length;
    const flops = this.#units.reduce((sum, unit) => sum + countUnit(this.#trace, unit), 0);
    const place = (id: number) => `%${id}@${printLocation(locations[id])}`;
    const lines = this.#units.map((unit) => {
      const work =
        unit.kind === "group"
          ? `loop over [${unit.group.shape}]: ${describeGroup(unit.group)}`
          : printNode(this.#trace, unit.id);
      return `  ${writesOf(unit).map(place).join(" ")} <- ${work} (${unit.reads.map(place).join(" ")})`;
    });
    return [
      ...(this.#same ? [] : [`in linear memory:\n${printTrace(this.#trace)}\n`]),
      `${count} ${count === 1 ? "step" : "steps"} of ${grouped(flops)} flops in ${printSizes(this.#layout)}, values at their places:`,
      ...lines,
    ].join("\n");
  }
}

/** The arithmetic of what runs as one: of a loop, that of each of its ops. */
function countUnit(trace: Trace, unit: Unit): number {
  if (unit.kind === "operation") {
    return countOperations(trace, nodeAt(trace.nodes, unit.id) as Operation);
  }
  const { shape, steps, outputs } = unit.group;
  const reductions = outputs.filter(({ reduction }) => reduction !== undefined);
  return (steps.length + reductions.length) * sizeOf(shape);
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
