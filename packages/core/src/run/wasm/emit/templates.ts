/**
 * Templates of loops: functions that have been written, to be written again at other addresses and with another count of
 * their outermost loop. Writing a loop takes some 200 µs, copying it some 10: the blocks of a network have the same
 * loops, and so have the layers of other widths and programs for other batches.
 */

import { mayBeTiled } from "../../../families/tiles.ts";
import { at, sizeOf } from "../../../tensor/shape.ts";
import { digitsOf } from "../../../tensor/symbolicConstant.ts";
import { type MergedAxes, mergedAxes } from "../../program/loop/axes.ts";
import { isSingle, type Loop, type Operand, reducedAxesOf } from "../../program/loop/loop.ts";
import type { ModuleCode, Move } from "./code.ts";
import { LANES } from "./instructions.ts";
import { blockLoops } from "./space.ts";

/** A function as it was written. */
interface Template {
  readonly bytes: Uint8Array;
  /** Counted from the function. Values of addresses are less those of their arrays. */
  readonly moves: readonly Move[];
}

/** More are hardly used: those that were made first go. A template takes about a kilobyte. */
const MOST = 1000;

const templates = new Map<string, Template>();

/** A loop whose function may be a template: its key, and where its arrays are. */
export interface Templated {
  readonly key: string;
  /** Inputs first, then outputs. */
  readonly addresses: readonly number[];
  /** The number of runs of the outermost loop; undefined where the code depends on more of it than a number. */
  readonly extent: number | undefined;
}

/** Returns a loop as one of a template; undefined for those whose functions are none. */
export function templateOf(loop: Loop, addresses: readonly unknown[]): Templated | undefined {
  const isFixed = (addresses: readonly unknown[]): addresses is readonly number[] =>
    addresses.length > 0 && addresses.every((address) => typeof address === "number");
  const { dtype, shape, inputs, steps, outputs } = loop;
  if (!isFixed(addresses) || isSingle(loop) || shape.includes(0)) return undefined;
  const merged = mergedAxes(loop);
  // Addresses of arrays that are walked backwards are computed.
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

/** Distances that an instruction can add. */
const FARTHEST = 2 ** 31;

/** An outermost loop of which the code needs to know no more than how often it runs. */
interface Opening {
  readonly extent: number;
  /** The steps along the first merged axis of a run; the last one has those that are left over, too. */
  readonly unit: number;
  /** The rest of the first length's properties on which the code depends. */
  readonly key: string;
}

/** Returns the outermost loop of a function that makes some of its runs; undefined where there is none such. */
export function outermostOf(loop: Loop): (Opening & { readonly length: number }) | undefined {
  if (isSingle(loop) || loop.shape.includes(0)) return undefined;
  const merged = mergedAxes(loop);
  const opening = openingOf(loop, merged);
  return opening && { ...opening, length: at(merged.lengths, 0) };
}

/** Returns the outermost loop of a loop's code; undefined where the code depends on more of it than a number. */
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

/** Writes a function of a template, if there is one. */
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
 * Keeps the function that was written last.
 *
 * @param start where it begins among the functions of the module, and `body` where its body begins.
 * @param moves counted from the body.
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
