/**
 * Errors of composites: each names the function that was called, and none of the ops that it is made of. Every function
 * of tensors gets inputs of other shapes and dtypes, up to the limits of both.
 */

import { expect, test } from "vitest";
import * as gd from "../../src/index.ts";
import { type Call, callsOf } from "./calls.ts";

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
/** Numbers of elements and axes beyond the limits: counts that nothing else reads are refused before any work. */
const COUNTS = [1e9, 2 ** 31];
const LISTS = [[-1], [0, 0], [5], [2 ** 31], [1e5, 1e5], repeated(1, 65), repeated(2, 40)];
const COUNTED = ["repeat", "tile", "Tensor.tile", "expandDims"];

/** Errors that name another: of a layer of the user's model, which the message also names. */
const OTHERS = ["summary"];

function* replacements({ name }: Call, value: unknown): Iterable<unknown> {
  if (value instanceof gd.Tensor) yield* TENSORS;
  else if (typeof value === "number") yield* [...NUMBERS, ...LISTS];
  else if (Array.isArray(value)) yield* [...NUMBERS, ...LISTS];
  if (COUNTED.includes(name) && !(value instanceof gd.Tensor)) yield* COUNTS;
}

/** Returns the messages of errors that name another op, of a function with one argument replaced. */
function strangers(call: Call): string[] {
  const messages = call.full.flatMap((value, i) =>
    [...replacements(call, value)].flatMap((other) => {
      try {
        const result: unknown = call.run(call.full.with(i, other));
        // A promise may be refused later.
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

test.each([".", "./linalg", "./nn"])("every function of %s is named in its errors", (entry) => {
  const calls = callsOf(entry).filter((call) => isFunction(call) && !SETTINGS.test(call.name));
  expect(calls.length).toBeGreaterThan(10);
  const found = calls.filter(({ name }) => !OTHERS.includes(name)).flatMap(strangers);
  expect(found).toEqual([]);
});

test("each exception is needed", () => {
  const calls = callsOf(".").filter(({ name }) => OTHERS.includes(name));
  for (const call of calls) expect(strangers(call)).not.toEqual([]);
  expect(calls.length).toBe(OTHERS.length);
});

test("tile takes as many axes as there may be, and names itself beyond them", () => {
  const x = gd.tensor([[1], [2]]);
  // 33 axes that are repeated, of which each had one more.
  const counts = [...repeated(1, 29), 2, ...repeated(1, 32), 3, 1];
  const tiled = gd.tile(x, counts);
  expect(tiled.rank).toBe(64);
  expect(tiled.reshape([-1]).toArray()).toEqual(gd.tile(x, [2, 3, 1]).reshape([-1]).toArray());
  expect(gd.tile(gd.ones(repeated(1, 64)), 5).shape).toEqual([...repeated(1, 63), 5]);
  expect(gd.tile(gd.ones(repeated(1, 40)), repeated(2, 20)).size).toBe(2 ** 20);
  expect(gd.tile(gd.ones([0, 3]), repeated(1, 62).concat(7, 7)).shape).toEqual([
    ...repeated(1, 62),
    0,
    21,
  ]);
  expect(gd.tile(x, [0, ...repeated(1, 40)]).size).toBe(0);
  expect(() => gd.tile(x, repeated(1, 65))).toThrow(
    "tile: result: expected at most 64 axes, got 65.",
  );
  expect(() => gd.tile(x, [2 ** 30, 2])).toThrow(
    "tile: result: expected at most 2^31 - 1 elements, got [2147483648, 2].",
  );
});

test("tile of any axes has the elements of NumPy's definition", () => {
  const x = gd.arange(0, 24).reshape([2, 1, 3, 4]);
  for (const counts of [[2], [1, 2], [3, 1, 2], [2, 1, 1, 3], [1, 2, 1, 1], [2, 1, 1, 2, 1]]) {
    const tiled = gd.tile(x, counts);
    const rank = tiled.rank;
    const own = [...repeated(1, rank - 4), 2, 1, 3, 4];
    const expected = Array.from({ length: tiled.size }, (_, index) => {
      let [rest, from, stride] = [index, 0, 1];
      for (let axis = rank - 1; axis >= 0; axis--) {
        const length = own[axis] as number;
        const at = rest % (tiled.shape[axis] as number);
        rest = (rest - at) / (tiled.shape[axis] as number);
        from += (at % length) * stride;
        stride *= length;
      }
      return from;
    });
    expect(tiled.reshape([-1]).toArray()).toEqual(expected);
    const gradient = gd.grad((a: gd.Tensor) => gd.tile(a, counts).sum())(x);
    expect(new Set(gradient.reshape([-1]).toArray() as number[])).toEqual(
      new Set([tiled.size / x.size]),
    );
  }
});

test("reshape names the shape that was given where −1 has no length", () => {
  for (const shape of [
    [-1, 2],
    [4, -1],
    [-1, 0],
  ]) {
    expect(() => gd.ones([75]).reshape(shape)).toThrow(
      `reshape: shape: expected a shape of 75 elements, got [${shape.join(", ")}].`,
    );
  }
  expect(gd.ones([75]).reshape([-1, 25]).shape).toEqual([3, 25]);
  expect(gd.ones([0, 3]).reshape([-1, 0]).shape).toEqual([0, 0]);
});
