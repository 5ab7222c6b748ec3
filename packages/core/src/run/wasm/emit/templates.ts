/**
 * Templates of loops: the bytes of emitted functions, which are copied for equal loops at other addresses or with
 * another count of the outermost loop. Emitting a loop takes some 200 µs, copying one some 10 µs. The blocks of a
 * network have equal loops. Layers of other widths and programs for other batches often differ in the count alone.
 */

import { mayBeTiled } from "../../../families/tiles.ts";
import { at, sizeOf } from "../../../tensor/shape.ts";
import { digitsOf } from "../../../tensor/symbolicConstant.ts";
import { type MergedAxes, mergedAxes } from "../../program/loop/axes.ts";
import { isSingle, type Loop, type Operand, reducedAxesOf } from "../../program/loop/loop.ts";
import type { ModuleCode, Move } from "./code.ts";
import { LANES } from "./instructions.ts";
import { blockLoops } from "./space.ts";

/** An emitted function. */
interface Template {
  readonly bytes: Uint8Array;
  /** Patches, at offsets from the start of the function. The value of an address is relative to its array. */
  readonly moves: readonly Move[];
}

/** The most templates; the oldest is dropped first. A template takes about a kilobyte. */
const MOST = 1000;

const templates = new Map<string, Template>();

/** The key of a loop's template, and the addresses of the loop's arrays. */
export interface Templated {
  readonly key: string;
  /** Inputs first, then outputs. */
  readonly addresses: readonly number[];
  /** The iterations of the outermost loop; undefined if the code depends on more than their number. */
  readonly extent: number | undefined;
}

/** Returns the key and the addresses by which a loop uses a template; undefined for a loop that cannot use one. */
export function templateOf(loop: Loop, addresses: readonly unknown[]): Templated | undefined {
  const isFixed = (addresses: readonly unknown[]): addresses is readonly number[] =>
    addresses.length > 0 && addresses.every((address) => typeof address === "number");
  const { dtype, shape, inputs, steps, outputs } = loop;
  if (!isFixed(addresses) || isSingle(loop) || shape.includes(0)) return undefined;
  const merged = mergedAxes(loop);
  // The address of an array with a negative stride is computed, so it is no constant to be replaced.
  if (merged.strides.some((strides) => strides.some((stride) => stride < 0))) return undefined;
  const open = openingOf(loop, merged);
  let key = `${dtype} ${open === undefined ? merged.lengths : open.key}`;
  inputs.forEach(({ offset = 0, dtype: type = "" }, i) => {
    key += `;${merged.strides[i]} ${offset} ${type}`;
  });
  for (const { op, inputs: operands } of steps) {
    key += `;${op}`;
    for (const operand of operands) key += ` ${keyOf(operand)}`;
  }
  outputs.forEach(({ step, dtype: type = "", offset = 0, reduction }, i) => {
    key += `;${step} ${type} ${merged.strides[inputs.length + i]} ${offset}`;
    if (reduction) key += ` ${reduction.combine} ${digitsOf(reduction.identity)} ${reduction.axes}`;
  });
  return { key, addresses, extent: open?.extent };
}

/** The limit of the byte offset that an instruction can add. */
const FARTHEST = 2 ** 31;

/** An outermost loop of which only the number of iterations appears in the code. */
interface Opening {
  readonly extent: number;
  /** The steps along the first merged axis in an iteration; the last iteration also has the remainder. */
  readonly unit: number;
  /**
   * The part of the template's key that describes the lengths: `n` for the first, then all else that the code depends
   * on.
   */
  readonly key: string;
}

/** Returns the outermost loop of a function that can run a range of its iterations; undefined if it cannot. */
export function outermostOf(loop: Loop): (Opening & { readonly length: number }) | undefined {
  if (isSingle(loop) || loop.shape.includes(0)) return undefined;
  const merged = mergedAxes(loop);
  const opening = openingOf(loop, merged);
  return opening && { ...opening, length: at(merged.lengths, 0) };
}

/** Returns the outermost loop of the code; undefined if the code depends on more than its number of iterations. */
function openingOf(loop: Loop, merged: MergedAxes): Opening | undefined {
  const { dtype, shape, steps } = loop;
  const { lengths, strides } = merged;
  const reducedAxes = reducedAxesOf(loop);
  if (reducedAxes > 0 && sizeOf(shape.slice(shape.length - reducedAxes)) === 1) return undefined;
  const [first = 1, ...others] = lengths;
  if (strides.some(([stride = 0]) => first * stride * LANES.float64.size >= FARTHEST))
    return undefined;
  if (reducedAxes === 0 && mayBeTiled(merged)) return undefined;
  const work = { lanes: LANES[dtype].count, steps: steps.length, reducedAxes };
  const { outer, blocks, vectors, rest, rows } = blockLoops(lengths, work);
  const [extent] = outer;
  if (extent !== undefined) return { extent, unit: 1, key: `n,${others}` };
  if (reducedAxes > 0 || blocks < 2) return undefined;
  return { extent: blocks, unit: rows, key: `n,${others} ${vectors} ${rest}` };
}

function keyOf(operand: Operand): string {
  if (operand.kind !== "constant") return `${operand.kind === "step" ? "s" : "i"}${operand.index}`;
  return `${digitsOf(operand.value)}${operand.dtype ?? ""}`;
}

/** Copies a loop's function from its template; returns false if there is no such template yet. */
export function writeTemplate(
  { key, addresses, extent = 0 }: Templated,
  module: ModuleCode,
): boolean {
  const known = templates.get(key);
  if (known === undefined) return false;
  const { bytes, moves } = known;
  const { functions } = module;
  const start = functions.length;
  functions.bytes(bytes);
  for (const move of moves) {
    let value: number;
    if ("array" in move) value = move.value + at(addresses, move.array);
    else if ("times" in move) value = move.times * extent;
    else value = module.import("kernel", move.name, move.type, move.group);
    functions.overwrite(start + move.at, value);
  }
  module.parameters.push(0);
  return true;
}

/**
 * Stores the function that was written last as a template.
 *
 * @param start its offset among the functions of the module; `body` is the offset of its body.
 * @param moves patches, at offsets from the body.
 */
export function keepTemplate(
  { key, addresses }: Templated,
  { functions }: ModuleCode,
  { start, body, moves }: { start: number; body: number; moves: readonly Move[] },
): void {
  if (templates.size === MOST) {
    const [oldest = ""] = templates.keys();
    templates.delete(oldest);
  }
  templates.set(key, {
    bytes: functions.finish().slice(start),
    moves: moves.map((move): Move => {
      const offset = move.at + body - start;
      return "array" in move
        ? { ...move, at: offset, value: move.value - at(addresses, move.array) }
        : { ...move, at: offset };
    }),
  });
}
