/**
 * Tests whether a driver rounds as shaders demand: drivers may contract a product and a sum, reorder sums, and
 * approximate quotients and roots. Each of these changes some results for the numbers in this file.
 */

import type { Gpu } from "./gpu.ts";
import { argument, codeOf, ROWS, SLOT, shaderOfElements, WORD } from "./wgsl.ts";

/** Arithmetic of numbers, or of their texts. */
type Arithmetic<T> = Readonly<Record<"add" | "sub" | "mul" | "div" | "sqrt", (x: T, y: T) => T>>;

const rounded: Arithmetic<number> = {
  add: (x, y) => Math.fround(x + y),
  sub: (x, y) => Math.fround(x - y),
  mul: (x, y) => Math.fround(x * y),
  div: (x, y) => Math.fround(x / y),
  sqrt: (x) => Math.fround(Math.sqrt(x)),
};

const row =
  (op: keyof Arithmetic<string>) =>
  (...operands: string[]) =>
    ROWS[op]("number", ...operands);
const written: Arithmetic<string> = {
  add: row("add"),
  sub: row("sub"),
  mul: row("mul"),
  div: row("div"),
  sqrt: (x) => row("sqrt")(x),
};

/** The results that are compared, of x, y and minus the rounded product of both. */
const CASES: readonly (readonly [
  what: string,
  of: <T>(on: Arithmetic<T>, x: T, y: T, z: T) => T,
])[] = [
  ["products in sums", ({ add, mul }, x, y, z) => add(mul(x, y), z)],
  ["products in differences", ({ sub, mul }, x, y, z) => sub(z, mul(x, y))],
  ["sums of products", ({ add, mul }, x, y, z) => add(mul(x, y), mul(x, z))],
  ["sums", ({ add, sub }, x, y) => sub(add(x, y), x)],
  ["quotients", ({ div }, x, y) => div(x, y)],
  ["quotients of products", ({ div, mul }, x, y) => div(mul(x, y), y)],
  ["roots", ({ sqrt }, x) => sqrt(x, x)],
  ["squares of roots", ({ mul, sqrt }, x) => mul(sqrt(x, x), sqrt(x, x))],
];

const COUNT = 256;

/** Returns x and y in [1, 4), the same each time, and minus the rounded products. */
function numbers(): Float32Array {
  let word = 1;
  const values = Float32Array.from({ length: 2 * COUNT }, () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return 1 + 3 * (word / 2 ** 32);
  });
  const products = values.subarray(COUNT).map((y, i) => -rounded.mul(values[i] as number, y));
  return Float32Array.of(...values, ...products);
}

/** Resolves to the names of the operations that a driver does not round like WebAssembly. */
export async function lostRoundings(gpu: Gpu): Promise<string[]> {
  const values = numbers();
  // Each case has separate numbers, since drivers do not contract a product that is used twice.
  const lines = CASES.map(([, of], k) => {
    const [x, y, z] = [0, 1, 2].map(
      (part) => `bitcast<f32>(m[${argument(0)} + ${part * COUNT}u + (i + ${k}u) % ${COUNT}u])`,
    ) as [string, string, string];
    return `{ let x = ${x}; let y = ${y}; let z = ${z};
m[${argument(0)} + ${(3 + k) * COUNT}u + i] = bitcast<u32>(${of(written, "x", "y", "z")}); }`;
  });
  const shader = shaderOfElements(COUNT, lines.join("\n"));
  const owner = {};
  const bytes = CASES.length * COUNT * WORD;
  const { start } = gpu.take(values.byteLength + bytes, owner);
  gpu.write(start, values);
  const slot = new Uint32Array(SLOT.words);
  slot[0] = start / WORD;
  const pass = gpu.commands().beginComputePass();
  pass.setPipeline(gpu.pipeline(codeOf([shader], 1, gpu.exact)));
  pass.setBindGroup(0, gpu.bind(slot), [0]);
  pass.dispatchWorkgroups(...shader.groups);
  pass.end();
  const buffer = gpu.copyOut(start + values.byteLength, bytes, owner);
  const got = new Float32Array(await gpu.fetch(buffer, bytes));
  return CASES.flatMap(([what, of], k) => {
    for (let i = 0; i < COUNT; i++) {
      const [x, y, z] = [0, 1, 2].map(
        (part) => values[part * COUNT + ((i + k) % COUNT)] as number,
      ) as [number, number, number];
      if (got[k * COUNT + i] !== of(rounded, x, y, z)) return [what];
    }
    return [];
  });
}
