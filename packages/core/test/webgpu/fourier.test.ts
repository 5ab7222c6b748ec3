/**
 * Fourier transforms on a GPU have the bits of WebAssembly. Lengths are around the size of a workgroup's memory and of
 * every kind of radix; axes are rows and columns.
 */

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { dftOp, halfOf, realDftAdjointOp, realDftOp } from "../../src/fft/ops.ts";
import { longerOf, radicesOf } from "../../src/fft/radices.ts";
import { tablesOf } from "../../src/fft/tables.ts";
import { applyAll } from "../../src/graph/apply.ts";
import { compile, normal, round, type Tensor } from "../../src/index.ts";
import { readArray } from "../../src/tensor/tensor.ts";
import { sampled } from "../support/sampling.ts";
import { openForTests } from "./open.ts";

const exact = await openForTests({ exact: true });
const fast = await openForTests();

/** Lengths of all radices and of Bluestein's algorithm, and around the 1,024 elements of a workgroup. */
const LENGTHS = [
  ...Array.from({ length: 20 }, (_, i) => i + 1),
  ...[25, 28, 29, 31, 37, 49, 60, 61, 64, 77, 97, 121, 128, 254, 256, 509, 512, 541, 1000, 1021],
  ...[1022, 1023, 1024, 1025, 1280, 1331, 2000, 2047, 2048, 2049, 2187, 4093, 4096, 8192, 16384],
];

/**
 * Returns two shapes with an axis of a length: one with this axis alone, and one with rows, columns or both, in turn.
 */
function shapesOf(n: number, turn: number): readonly (readonly number[])[] {
  const others = [[3, n], [n, 2], n <= 512 ? [2, 3, n, 5] : [2, n, 1]];
  return [[n], others[turn % others.length] as number[]];
}

/**
 * The largest error in the default mode, relative to the largest number of the result: rounding errors of a transform
 * spread over all of its results.
 */
const BOUND = 1e-6;

type Transform = (...given: readonly Tensor[]) => readonly Tensor[];

/**
 * Draws a signal: numbers, or small integers, whose transforms have zeros of either sign.
 */
function signalOf(shape: readonly number[], seed: number, isInteger: boolean): Tensor {
  const x = normal(shape, { seed });
  return isInteger ? round(x.mul(0.6)) : x;
}

/** Returns the transforms of an axis with their inputs, for a shape with an axis of the given length. */
function* calls(
  n: number,
  shape: readonly number[],
  seed: number,
  isInteger: boolean,
): Generator<[string, Transform, Tensor[]]> {
  const axis = shape.indexOf(n);
  const inner = shape.length - 1 - axis;
  const half = shape.map((length, i) => (i === axis ? halfOf(n) : length));
  const pairOf = (each: readonly number[]) =>
    [signalOf(each, seed, isInteger), signalOf(each, seed + 1, isInteger)] as const;
  const [x, y] = pairOf(shape);
  const [a, b] = pairOf(half);
  const [complex, real] = [false, true].map((isReal) => tablesOf(n, "float32", isReal)) as [
    Tensor,
    Tensor,
  ];
  for (const flag of [false, true]) {
    yield [
      `dft ${flag}`,
      (...given) => applyAll(dftOp, given, { inner, inverse: flag }),
      [x, y, complex],
    ];
    yield [
      `realDft ${flag}`,
      (...given) => applyAll(realDftOp, given, { inner, doubled: flag }),
      [x, real],
    ];
    yield [
      `realDftAdjoint ${flag}`,
      (...given) => applyAll(realDftAdjointOp, given, { n, inner, doubled: flag }),
      [a, b, real],
    ];
  }
}

test("every transform has WebAssembly's bits in exact mode, and is near to them in the other one", async () => {
  expect(LENGTHS.some((n) => longerOf(n, "float32") > 1024)).toBe(true);
  expect(
    new Set(LENGTHS.filter((n) => longerOf(n, "float32") === 0).flatMap(radicesOf)).size,
  ).toBeGreaterThan(6);
  const faults: string[] = [];
  let seed = 0;
  for (const [i, n] of sampled(LENGTHS, 12).entries()) {
    for (const [k, shape] of sampled(shapesOf(n, i), 2, i).entries()) {
      const isInteger = (i + k) % 2 === 0;
      for (const [name, transform, inputs] of calls(n, shape, seed++, isInteger)) {
        const fn = (...given: Tensor[]) => [...transform(...given)];
        const want = compile(fn)(...inputs).map((each) => readArray(each, "test"));
        for (const gpu of [exact, fast]) {
          const results = await gpu.read(compile(fn, { backend: gpu })(...inputs));
          results.forEach((result, part) => {
            const got = readArray(result, "test");
            const expected = want[part] ?? [];
            const scale = Math.max(...Array.from(expected, Math.abs));
            const isRight = (value: number, k: number) =>
              gpu === exact
                ? Object.is(value, expected[k])
                : Math.abs(value - Number(expected[k])) <= BOUND * scale;
            const wrong = Array.from(got, isRight).indexOf(false);
            if (wrong >= 0 || got.length !== expected.length) {
              faults.push(
                `${name} of ${n} in [${shape}], ${gpu === exact ? "exact" : "default"}: ${part} at ${wrong}: ${inspect(got[wrong])} for ${inspect(expected[wrong])}`,
              );
            }
          });
        }
      }
    }
  }
  expect(faults).toEqual([]);
}, 1_800_000);
