/**
 * Templates of loops: functions that have been written, to be written again at other addresses. Writing a loop takes some
 * 200 µs, copying it some 5: the blocks of a network have the same loops, and so have programs for other batches that
 * update the same weights.
 */

import { digitsOf } from "../../../tensor/pattern.ts";
import { at } from "../../../tensor/shape.ts";
import { isSingle, type Loop, type Operand } from "../../program/loop.ts";
import type { ModuleCode, Move } from "./code.ts";

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
}

/** A loop as one of a template; undefined for those whose functions are none. */
export function templateOf(loop: Loop, addresses: readonly unknown[]): Templated | undefined {
  const isFixed = (given: readonly unknown[]): given is readonly number[] =>
    given.length > 0 && given.every((address) => typeof address === "number");
  if (!isFixed(addresses) || isSingle(loop)) return undefined;
  const { dtype, shape, inputs, steps, outputs } = loop;
  // Addresses of arrays that are walked backwards are computed.
  const placed = [...inputs, ...outputs];
  if (placed.some(({ strides }) => strides?.some((stride) => stride < 0))) return undefined;
  let key = `${dtype} ${shape}`;
  for (const { strides, offset = 0, dtype: own = "" } of inputs)
    key += `;${strides} ${offset} ${own}`;
  for (const { op, inputs: operands } of steps) {
    key += `;${op}`;
    for (const operand of operands) key += ` ${keyOf(operand)}`;
  }
  for (const { step, dtype: own = "", strides = "", offset = 0, reduction } of outputs) {
    key += `;${step} ${own} ${strides} ${offset}`;
    if (reduction) key += ` ${reduction.combine} ${digitsOf(reduction.identity)} ${reduction.axes}`;
  }
  return { key, addresses };
}

function keyOf(operand: Operand): string {
  if (operand.kind !== "constant") return `${operand.kind === "step" ? "s" : "i"}${operand.index}`;
  return `${digitsOf(operand.value)}${operand.dtype ?? ""}`;
}

/** Writes a function of a template, if there is one. */
export function writeTemplate({ key, addresses }: Templated, module: ModuleCode): boolean {
  const known = templates.get(key);
  if (known === undefined) return false;
  const { bytes, moves } = known;
  const { functions } = module;
  const start = functions.length;
  functions.bytes(bytes);
  for (const move of moves) {
    const value =
      "array" in move
        ? move.value + at(addresses, move.array)
        : module.import("kernel", move.name, move.type);
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
      const place = move.at + body - start;
      return "array" in move
        ? { ...move, at: place, value: move.value - at(addresses, move.array) }
        : { ...move, at: place };
    }),
  });
}
