// The exports of generic functions, which scripts/wrappers.mjs writes.

import { describe, expect, it } from "vitest";
import { commentsOf, withExports } from "../scripts/wrappers.mjs";

const ONE = `/** Σ x[i] */
// exported for f32, i32
@inline
export function sum<T>(
  x: usize,
  start: T,
): T {
  return start;
}
`;

const TWO = `/**
 * out[i] = x[i], x[i + 1] as one.
 * For pairs.
 */
// exported for f64, as addPairs of Add, maxPairs of Maximum
function reducePairs<T, O>(x: usize, out: usize): void {
  combine<T, O>(x, out);
}
`;

describe("a generic function is exported", () => {
  it("for each type of elements, in its own comment's words", () => {
    expect(withExports("sum.ts", ONE)).toBe(`${ONE}
/** Σ x[i] */
export function sum_f32(x: usize, start: f32): f32 {
  return sum<f32>(x, start);
}

/** Σ x[i] */
export function sum_i32(x: usize, start: i32): i32 {
  return sum<i32>(x, start);
}
`);
  });

  it("by a name for each second type", () => {
    const text = withExports("pairs.ts", TWO).slice(TWO.length);
    expect(text).toContain("export function addPairs_f64(x: usize, out: usize): void {");
    expect(text).toContain("  reducePairs<f64, Add>(x, out);");
    expect(text).toContain("export function maxPairs_f64(x: usize, out: usize): void {");
    expect(text).toContain("  reducePairs<f64, Maximum>(x, out);");
  });

  it("with a comment that is handed on to the types", () => {
    expect(commentsOf(withExports("both.ts", ONE + TWO))).toEqual([
      ["sum_f32", "Σ x[i]"],
      ["sum_i32", "Σ x[i]"],
      ["addPairs_f64", "out[i] = x[i], x[i + 1] as one.\nFor pairs."],
      ["maxPairs_f64", "out[i] = x[i], x[i + 1] as one.\nFor pairs."],
    ]);
  });
});

describe("a mark is refused", () => {
  it.each([
    ["// exported for f32\nexport function sum(x: usize): void {", "1 functions are marked"],
    ["// exported as sum\nfunction sum<T>(x: usize): void {", "1 functions are marked"],
    ["// exported for f32\nfunction sum<T, O>(x: usize): void {", "if it has a second type"],
    [
      "// exported for f32, as a of B\nfunction sum<T>(x: usize): void {",
      "if it has a second type",
    ],
  ])("that cannot be read: %s", (text, message) => {
    expect(() => withExports("wrong.ts", text)).toThrow(message);
  });
});
