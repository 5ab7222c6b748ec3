/**
 * The addresses of the regions of bodies, as the functions that run them see them: known when the module is made, or
 * locals for regions that move on or come from outside.
 */

import { type Argument, isScratch } from "../../../graph/call.ts";
import { at } from "../../../tensor/shape.ts";
import type { ControlFunction, ProgramCall } from "../../program/calls/call.ts";
import type { FunctionCode } from "./code.ts";
import { PLAIN } from "./instructions.ts";

/** An address, where a region starts or inside of one: a number, or an offset in bytes from what a local holds. */
export type LocalAddress = number | { readonly local: number; readonly offset: number };

/** A distance that grows with every run of a body; regions that advance by the same number of bytes share one. */
export interface Pointer {
  readonly local: number;
  /** The start of the address: a parameter, or 0, and a number of bytes. */
  readonly parameter: number | undefined;
  readonly first: number;
  readonly step: number;
}

/**
 * The parameters of a function of some of the runs of a body: the distance of its scratch memory from that of all runs,
 * and the range of runs.
 */
export const RANGE = { scratch: 0, first: 1, count: 2 } as const;
export const RANGE_PARAMETERS = 3;

/** The regions as a function of bodies sees them. */
export interface InnerAddresses {
  /** The start address of each region. */
  readonly starts: readonly LocalAddress[];
  /** The locals of the caller that are its parameters, in order. */
  readonly takes: readonly LocalAddress[];
  readonly pointers: readonly Pointer[];
}

/** Returns the locals among addresses, each once, in order. */
export function localsOf(addresses: readonly LocalAddress[]): number[] {
  return [
    ...new Set(
      addresses.flatMap((address) => (typeof address === "number" ? [] : [address.local])),
    ),
  ];
}

/**
 * Returns the regions of bodies, as their function sees them: an address that the caller has in a local becomes a
 * parameter, and an advancing address is an offset from a pointer, whose local follows the parameters. Instructions add
 * to an address without wrapping around, so a pointer that moves back starts with the whole distance.
 *
 * @param isRange whether the function makes some of the runs, with scratch memory that its caller chooses.
 */
export function innerAddresses(
  { arguments: args }: ProgramCall,
  { order }: ControlFunction,
  starts: readonly LocalAddress[],
  isRange = false,
): InnerAddresses {
  const addresses = args.map((argument): LocalAddress => {
    const address = addressOf(argument, starts);
    return isRange && isScratch(argument) && typeof address === "number"
      ? { local: RANGE.scratch, offset: address }
      : address;
  });
  const locals = localsOf(addresses);
  const behind = isRange ? RANGE_PARAMETERS : locals.length;
  const repeat = order.kind === "repeat" ? order : undefined;
  const pointers: Pointer[] = [];
  const inner = addresses.map((address, i): LocalAddress => {
    const isFixed = typeof address === "number";
    const parameter = isFixed ? undefined : locals.indexOf(address.local);
    const offset = isFixed ? address : address.offset;
    const step = repeat?.steps[i] ?? 0;
    if (repeat === undefined || step === 0) {
      return parameter === undefined ? offset : { local: parameter, offset };
    }
    // In reverse, the rows of a loop that stops begin with the last row that exists, see `runs.ts`.
    const first = step < 0 && !repeat.stops ? -step * (repeat.length - 1) : 0;
    const known = pointers.find(
      (pointer) => pointer.parameter === parameter && pointer.step === step,
    );
    const local = known?.local ?? behind + pointers.length;
    if (known === undefined) pointers.push({ local, parameter, first, step });
    return { local, offset: offset - first };
  });
  const takes = locals.map((local) => ({ local, offset: 0 }));
  return { starts: inner, takes, pointers };
}

export function addressOf(argument: Argument, starts: readonly LocalAddress[]): LocalAddress {
  if (typeof argument === "number") return argument;
  const start = at(starts, argument.region);
  return typeof start === "number"
    ? start + argument.offset
    : { local: start.local, offset: start.offset + argument.offset };
}

export function pushArgument(
  code: FunctionCode,
  argument: Argument,
  starts: readonly LocalAddress[],
): void {
  push(code, addressOf(argument, starts));
}

export function push(code: FunctionCode, address: LocalAddress): void {
  if (typeof address === "number") {
    code.int32(address);
    return;
  }
  code.get(address.local);
  if (address.offset === 0) return;
  code.int32(address.offset);
  code.plain(PLAIN.i32Add);
}
