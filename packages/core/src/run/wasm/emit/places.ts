/**
 * Where the regions of bodies are, as the functions that run them see them: addresses that are known when the module is
 * made, and locals for what moves on or comes from outside.
 */

import type { Argument } from "../../../graph/call.ts";
import { at } from "../../../tensor/shape.ts";
import type { ControlFunction, ProgramCall } from "../../program/calls.ts";
import type { FunctionCode } from "./code.ts";
import { PLAIN } from "./instructions.ts";

/** Where a region starts: an address, or a local that holds one. */
export type Start = number | { readonly local: number };

/** An address: a number, or so many bytes from what a local holds. */
export type Place = number | { readonly local: number; readonly offset: number };

/** A pointer that moves on with every run of a body. */
export interface Pointer {
  readonly local: number;
  /** What it starts with: an address, or a parameter of the function and an offset. */
  readonly from: Start | Place;
  readonly step: number;
}

export interface InnerStarts {
  readonly starts: readonly Start[];
  readonly taken: readonly number[];
  readonly pointers: readonly Pointer[];
}

/**
 * The regions of bodies, as their function sees them: what the caller has in locals becomes a parameter, and what
 * moves on a local behind them.
 */
export function innerStarts(
  { arguments: given }: ProgramCall,
  { order }: ControlFunction,
  starts: readonly Start[],
): InnerStarts {
  const places = given.map((argument) => placeOf(argument, starts));
  const taken = places.flatMap((place, i) => (typeof place === "number" ? [] : [i]));
  const steps = order.kind === "repeat" ? order.steps : [];
  const pointers: Pointer[] = [];
  const inner = places.map((place, i): Start => {
    const own = typeof place === "number" ? place : { local: taken.indexOf(i) };
    const step = steps[i] ?? 0;
    if (step === 0) return own;
    const local = taken.length + pointers.length;
    pointers.push({ local, from: own, step });
    return { local };
  });
  return { starts: inner, taken, pointers };
}

export function placeOf(argument: Argument, starts: readonly Start[]): Place {
  if (typeof argument === "number") return argument;
  const start = at(starts, argument.region);
  return typeof start === "number"
    ? start + argument.offset
    : { local: start.local, offset: argument.offset };
}

export function pushArgument(
  code: FunctionCode,
  argument: Argument,
  starts: readonly Start[],
): void {
  push(code, placeOf(argument, starts));
}

export function push(code: FunctionCode, place: Start | Place): void {
  if (typeof place === "number") {
    code.int32(place);
    return;
  }
  code.get(place.local);
  if ("offset" in place && place.offset !== 0) {
    code.int32(place.offset);
    code.plain(PLAIN.i32Add);
  }
}
