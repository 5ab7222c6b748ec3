/**
 * Calls of existing functions: of the module by their names, and of JavaScript on the same memory.
 */

import { signatures } from "@graddiff/wasm-kernel";
import { type Argument, type Call, errorOfCode, memoryFunctionOf } from "../../../graph/call.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import { type Exported, functionOf } from "./functions.ts";
import type { CallHost } from "./host.ts";

/** Makes a call. @throws the error of its code. */
export type Bound = () => void;

/** The address at which each region starts. */
export type RegionStarts = readonly number[];

/**
 * Checks the counts of a call, of which a function takes 32 bits each.
 *
 * @throws RangeError for a count that does not fit, and would wrap around.
 */
function checkCounts({ function: callee, arguments: args }: Call): void {
  for (let i = 0; i < args.length; i++) {
    const count = args[i];
    if (typeof count !== "number" || count === (count | 0) || count === count >>> 0) continue;
    if (typeof callee === "string" && signatures[callee]?.[i] === "d") continue;
    const name = typeof callee === "string" ? callee : callee.name;
    throw new RangeError(`${name}: argument ${i}: expected an integer of 32 bits, got ${count}`);
  }
}

/** Returns a call of an existing function. */
export function boundCall(host: CallHost, call: Call, starts: RegionStarts): Bound {
  checkCounts(call);
  const { arguments: args, check } = call;
  const numbers = numbersOf(args, starts);
  const run = callOf(host, call, numbers);
  if (check === undefined) return run;
  const read = (argument: number, index: number) =>
    new DataView(host.memory.buffer).getInt32(numberAt(numbers, argument) + 4 * index, true);
  return () => {
    const error = errorOfCode(check, Number(run()), read);
    if (error !== undefined) throw error;
  };
}

/** Makes a call once; repeated calls should be bound. @throws the error of its code. */
export function makeCall(host: CallHost, call: Call, starts: RegionStarts): void {
  const { function: callee, arguments: args, check } = call;
  if (typeof callee === "object" || check !== undefined) {
    boundCall(host, call, starts)();
    return;
  }
  checkCounts(call);
  const run = functionOf(host, callee, call.group);
  run(...numbersOf(args, starts));
}

/** Arguments as numbers. */
export function numbersOf(args: readonly Argument[], starts: RegionStarts): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = at(args, i);
    if (typeof argument === "number") numbers.push(argument);
    else numbers.push(numberAt(starts, argument.region) + argument.offset);
  }
  return numbers;
}

/** Calls with the usual numbers of arguments are written without a spread, which would take 10 to 30 ns more. */
function callOf(
  host: CallHost,
  { function: callee, group }: Call,
  args: readonly number[],
): () => unknown {
  const run: Exported =
    typeof callee === "object"
      ? memoryFunctionOf(callee, host.memory)
      : functionOf(host, callee, group);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = args;
  switch (args.length) {
    case 6:
      return () => run(a, b, c, d, e, f);
    case 7:
      return () => run(a, b, c, d, e, f, g);
    case 8:
      return () => run(a, b, c, d, e, f, g, h);
    case 9:
      return () => run(a, b, c, d, e, f, g, h, i);
    case 10:
      return () => run(a, b, c, d, e, f, g, h, i, j);
    case 12:
      return () => run(a, b, c, d, e, f, g, h, i, j, k, l);
    default:
      return () => run(...args);
  }
}
