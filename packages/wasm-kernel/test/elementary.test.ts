// The elementary functions have the same bits in WebAssembly and in JavaScript.

import { describe, expect, it } from "vitest";
import {
  type BinaryName,
  binary,
  binaryNames,
  described,
  type UnaryName,
  unary,
  unaryNames,
} from "../../core/test/elementary/support.ts";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { specialKernels } from "../src/index.ts";
import {
  type ElementType,
  elementTypes,
  firstDifference,
  Operands,
  randomBits,
} from "./support.ts";

sampleTests(3);

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 1001] as const;

/** Special values and thresholds of several functions, which are combined in pairs. */
const specials = [0, 0.5, 1, 2, 3, 7, 0.625, 1.5, Math.SQRT2, Math.SQRT1_2, Math.LN2, Math.E]
  .concat([
    Math.PI,
    Math.PI / 2,
    Math.PI / 4,
    11,
    24,
    88.8,
    104,
    709.7,
    745.2,
    2 ** 20,
    2 ** 20 + 1,
  ])
  .concat([2 ** 28, 2 ** 29, 2 ** 52 + 1, 2 ** 53, 2 ** 53 - 1, 1e15 + 0.5, 1e22, 2 ** 65, 1e300])
  .concat([2 ** -25, 2 ** -54, 2 ** -126, 2 ** -149, 2 ** -1022, 2 ** -1074, 1e-40, 1e-310])
  .concat([Infinity, Number.NaN])
  .flatMap((number) => [number, -number]);

const suffix = { float32: "f32", float64: "f64" } as const;

/** The kinds of random arguments: any bit pattern, or a number in an interval. */
const draws = ["bits", 1, 40] as const;

function draw(type: ElementType, length: number, kind: "bits" | number, seed: number) {
  const array = type.make(length);
  const next = randomBits(seed);
  if (kind === "bits") {
    const words = new Uint32Array(array.buffer);
    for (let index = 0; index < words.length; index++) words[index] = next();
  } else {
    for (let index = 0; index < length; index++) array[index] = (next() / 2 ** 31 - 1) * kind;
  }
  return array;
}

const RANDOM_POINTS = 200_000;

describe.each(elementTypes)("the elementary kernels in $name", (type) => {
  const precision = suffix[type.name];
  const operands = new Operands(type);
  const { kernel } = operands;
  const kernels = { ...kernel.exports, ...kernel.load(specialKernels) };

  /** Returns the results of a kernel of one argument. The kernel must not write to guard bytes. */
  function runUnary(name: UnaryName, input: ReturnType<ElementType["make"]>) {
    operands.reset();
    const x = operands.output(input.length);
    const out = operands.output(input.length);
    x.set(input);
    kernels[`${name}_${precision}`](x.byteOffset, out.byteOffset, input.length);
    expect(operands.brokenGuard()).toBeUndefined();
    return out.slice();
  }

  function runBinary(
    name: BinaryName,
    base: ReturnType<ElementType["make"]>,
    exponent: ReturnType<ElementType["make"]>,
  ) {
    operands.reset();
    const x = operands.output(base.length);
    const y = operands.output(base.length);
    const out = operands.output(base.length);
    x.set(base);
    y.set(exponent);
    kernels[`${name}_${precision}`](x.byteOffset, y.byteOffset, out.byteOffset, base.length);
    expect(operands.brokenGuard()).toBeUndefined();
    return out.slice();
  }

  for (const name of unaryNames) {
    const compute = unary[name][precision];

    it(`${name} gives the bits of JavaScript at every length`, () => {
      for (const length of lengths) {
        const input = draw(type, length, 40, length);
        expect(firstDifference(runUnary(name, input), input.map(compute))).toBeUndefined();
      }
    });

    it(`${name} gives the bits of JavaScript for special values and its edges`, () => {
      const values = [...specials, ...described[name].sweep.edges.flat()];
      const input = type.make(values.length);
      input.set(values);
      expect(firstDifference(runUnary(name, input), input.map(compute))).toBeUndefined();
    });

    it.each(draws)(`${name} gives the bits of JavaScript for random numbers (%s)`, (kind) => {
      const input = draw(type, RANDOM_POINTS, kind, 3);
      expect(firstDifference(runUnary(name, input), input.map(compute))).toBeUndefined();
    });
  }

  for (const name of binaryNames) {
    const compute = binary[name][precision];

    it(`${name} gives the bits of JavaScript at every length`, () => {
      for (const length of lengths) {
        const x = draw(type, length, 40, length);
        const y = draw(type, length, 40, length + 1);
        const expected = x.map((base, index) => compute(base, y[index] ?? 0));
        expect(firstDifference(runBinary(name, x, y), expected)).toBeUndefined();
      }
    });

    it(`${name} gives the bits of JavaScript for special values`, () => {
      const x = type.make(specials.length ** 2);
      const y = type.make(specials.length ** 2);
      x.set(specials.flatMap((base) => specials.map(() => base)));
      y.set(specials.flatMap(() => specials));
      const expected = x.map((base, index) => compute(base, y[index] ?? 0));
      expect(firstDifference(runBinary(name, x, y), expected)).toBeUndefined();
    });

    it.each(draws)(`${name} gives the bits of JavaScript for random numbers (%s)`, (kind) => {
      const x = draw(type, RANDOM_POINTS, kind, 5);
      const y = draw(type, RANDOM_POINTS, kind === "bits" ? "bits" : 30, 6);
      const expected = x.map((base, index) => compute(base, y[index] ?? 0));
      expect(firstDifference(runBinary(name, x, y), expected)).toBeUndefined();
    });
  }

  it("works in place", () => {
    operands.reset();
    const input = draw(type, 33, 1, 9);
    const x = operands.output(33);
    x.set(input);
    kernels[`exp_${precision}`](x.byteOffset, x.byteOffset, 33);
    const expected = input.map(unary.exp[precision]);
    expect(firstDifference(x.slice(), expected)).toBeUndefined();
  });
});
