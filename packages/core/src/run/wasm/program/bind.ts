/**
 * The steps of a program: its units, bound to their places in linear memory.
 */

import type { Place, Step } from "../../../graph/kernel.ts";
import { nodeAt, type Operation, type Trace } from "../../../graph/trace.ts";
import { BYTES } from "../../../tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../../tensor/shape.ts";
import { emitGroups, type FusedGroup, type RunGroup } from "../emit/index.ts";
import { stepsOf, viewOf } from "../steps.ts";
import type { Kernel } from "../workspace.ts";
import { isReshape } from "./plan.ts";
import type { OperationUnit, Unit } from "./units.ts";

/** Where a value stands. */
type PlaceOf = (id: number) => Place;

export class ProgramSteps {
  readonly #kernel: Kernel;
  readonly #trace: Trace;
  readonly #units: readonly Unit[];
  /** The emitted loops, and the addresses that are built into them. */
  #loops: { readonly key: string; readonly runs: ReadonlyMap<Unit, RunGroup[]> } | undefined;

  constructor(kernel: Kernel, trace: Trace, units: readonly Unit[]) {
    this.#kernel = kernel;
    this.#trace = trace;
    this.#units = units;
  }

  /** The bytes of scratch memory that ops need beside their inputs and results. */
  get scratchBytes(): number {
    const { nodes } = this.#trace;
    const bytes = this.#units.map((unit) => {
      if (unit.kind === "group") return 0;
      const node = nodeAt(nodes, unit.id) as Operation;
      const types = node.inputs.map((input) => nodeAt(nodes, input));
      return node.op.kernel?.strided?.scratchBytes(types, node, this.#kernel) ?? 0;
    });
    return Math.max(0, ...bytes);
  }

  /**
   * The steps for present addresses, to be made anew when these have changed or memory has grown.
   * @param scratch the address of `scratchBytes`.
   */
  bind(placeOf: PlaceOf, scratch: number): Step[] {
    const loops = this.#emit(placeOf);
    return this.#units.flatMap((unit) => {
      const runs = loops.get(unit);
      if (runs !== undefined) return [...this.#clear(unit, placeOf), ...runs];
      if (unit.kind === "group" || isReshape(unit, this.#trace)) return [];
      return this.#operation(unit, placeOf, scratch);
    });
  }

  /** The functions of the units that loops compute: emitted anew only for other addresses. */
  #emit(placeOf: PlaceOf): ReadonlyMap<Unit, readonly RunGroup[]> {
    const placed = this.#units.flatMap((unit) => {
      const place = (group: FusedGroup, ids: readonly number[]) => ({
        unit,
        group,
        addresses: ids.map((id) => placeOf(id).address),
      });
      if (unit.kind === "group") return [place(unit.group, [...unit.reads, ...unit.writes])];
      return (unit.copies ?? []).map((copy, i) => place(copy, [numberAt(unit.reads, i), unit.id]));
    });
    const key = placed.map(({ addresses }) => addresses.join()).join(";");
    if (this.#loops?.key === key) return this.#loops.runs;
    const runs = new Map<Unit, RunGroup[]>();
    emitGroups(this.#kernel, placed).forEach((run, i) => {
      const { unit } = at(placed, i);
      const known = runs.get(unit);
      if (known === undefined) runs.set(unit, [run]);
      else known.push(run);
    });
    this.#loops = { key, runs };
    return runs;
  }

  /** Zeros, where copies leave some. */
  #clear(unit: Unit, placeOf: PlaceOf): Step[] {
    if (unit.kind === "group" || unit.copies === undefined) return [];
    const view = viewOf(this.#kernel, placeOf(unit.id));
    const copied = unit.copies.reduce((count, { shape }) => count + sizeOf(shape), 0);
    return copied === view.length ? [] : [() => view.fill(0)];
  }

  #operation({ id, reads, layouts }: OperationUnit, placeOf: PlaceOf, scratch: number): Step[] {
    const { nodes } = this.#trace;
    const { op, attributes, inputs } = nodeAt(nodes, id) as Operation;
    return stepsOf(this.#kernel, {
      op,
      attributes,
      inputs: inputs.map((input, i): Place => {
        const { address } = placeOf(at(reads, i));
        const { shape, dtype, weak } = nodeAt(nodes, input);
        const { offset, strides } = layouts?.[i] ?? {};
        if (offset === undefined || strides === undefined) return { shape, dtype, weak, address };
        return { shape, dtype, weak, address: address + offset * BYTES[dtype], strides };
      }),
      output: placeOf(id),
      scratch,
    });
  }
}
