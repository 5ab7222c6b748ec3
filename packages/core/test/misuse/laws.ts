/** Laws of a package's public functions: calls behave as the declarations say. */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import { sampled } from "../support/sampling.ts";
import { disagreements } from "./disagreements.ts";
import type { Call, Doors } from "./doors.ts";

/**
 * Tests that all functions of a package have a line in the table, and that their calls agree with it.
 *
 * @param abstract the classes that users do not construct
 */
export function testDoors(doors: Doors, abstract: readonly string[]): void {
  const entries = [...doors.table.keys()];

  test("every entry that has functions is called", () => {
    expect(Object.keys(doors.modules)).toEqual(entries);
  });

  group.each(entries)("%s", (entry) => {
    test("has a line for each function and class", () => {
      const values = Object.entries(doors.modules[entry] ?? {}).flatMap(([name, value]) =>
        typeof value !== "function" || abstract.includes(name)
          ? []
          : [/^[a-z]/.test(name) ? name : `new ${name}`],
      );
      const lines = [...(doors.table.get(entry)?.keys() ?? [])];
      expect(lines.filter((name) => !name.includes(".")).sort()).toEqual(values.sort());
    });

    test.each(sampled(doors.callsOf(entry), 3, entry).map((call) => [call.name, call] as const))(
      "%s",
      async (_name, call) => expect(await disagreements(call)).toEqual([]),
    );
  });

  test("each exemption is needed", () => {
    for (const [pattern] of doors.exempt) {
      expect(
        doors.names.some((name) => pattern.test(name)),
        String(pattern),
      ).toBe(true);
    }
  });
}

const repeated = (length: number, count: number) => new Array<number>(count).fill(length);

const SHAPES = [
  [],
  [0],
  [1],
  [3],
  [2, 3],
  [2, 2],
  [0, 3],
  [1, 1, 2],
  [2, 3, 4, 5],
  repeated(1, 5),
  ...[31, 32, 33, 63, 64].map((rank) => repeated(1, rank)),
  [2, ...repeated(1, 63)],
  [...repeated(1, 63), 2],
];

const TENSORS = SHAPES.flatMap((shape) =>
  (["float32", "int32", "bool"] as const).map((dtype) => gd.zeros(shape, { dtype })),
);
const NUMBERS = [0, -1, 3, 100, 0.5, Number.NaN];
/**
 * Counts beyond the limits of elements and axes. They are given only to functions that refuse a count before any work.
 */
const COUNTS = [1e9, 2 ** 31];
const LISTS = [[-1], [0, 0], [5], [2 ** 31], [1e5, 1e5], repeated(1, 65), repeated(2, 40)];
const COUNTED = ["repeat", "tile", "Tensor.tile", "expandDims"];

function* replacements({ name }: Call, value: unknown): Iterable<unknown> {
  if (value instanceof gd.Tensor) yield* TENSORS;
  else if (typeof value === "number") yield* [...NUMBERS, ...LISTS];
  else if (Array.isArray(value)) yield* [...NUMBERS, ...LISTS];
  if (COUNTED.includes(name) && !(value instanceof gd.Tensor)) yield* COUNTS;
}

/**
 * Returns the messages of errors that name another op than the called function, with one argument replaced at a time.
 */
function strangers(call: Call): string[] {
  const messages = call.full.flatMap((value, i) =>
    [...replacements(call, value)].flatMap((other) => {
      try {
        const result: unknown = call.run(call.full.with(i, other));
        // A rejection of the promise is not tested here.
        if (result instanceof Promise) result.catch(() => {});
        return [];
      } catch (error) {
        if (!(error instanceof gd.GraddiffError)) return [String(error)];
        return error.complaint.op === call.op ? [] : [error.message];
      }
    }),
  );
  return [...new Set(messages)].slice(0, 3);
}

const isFunction = ({ name }: Call) => !/ |\./.test(name) || name.startsWith("Tensor.");
const SETTINGS = /^(set|open|fit$|generate$|trainingStep$)/;

/**
 * Tests that errors of composed functions name the function that was called, and not the ops inside. Every function of
 * tensors gets inputs of other shapes and dtypes, up to the limits of both.
 *
 * @param others the functions whose errors name another op, which is in a layer of the user's model; the message also
 *   names the layer
 */
export function testCallers(
  doors: Doors,
  entries: readonly string[],
  others: readonly string[],
): void {
  test.each(entries)("every function of %s is named in its errors", (entry) => {
    const calls = doors
      .callsOf(entry)
      .filter((call) => isFunction(call) && !SETTINGS.test(call.name));
    expect(calls.length).toBeGreaterThan(10);
    const found = sampled(calls, 4, entry)
      .filter(({ name }) => !others.includes(name))
      .flatMap(strangers);
    expect(found).toEqual([]);
  });

  test("each exception is needed", () => {
    const calls = entries
      .flatMap((entry) => doors.callsOf(entry))
      .filter(({ name }) => others.includes(name));
    for (const call of calls) expect(strangers(call)).not.toEqual([]);
    expect(calls.length).toBe(others.length);
  });
}
