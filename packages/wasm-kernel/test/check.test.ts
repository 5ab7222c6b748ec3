// Misuse of the checked functions: every message names the operation and the argument.

import { describe, expect, it } from "vitest";
import {
  addBackward,
  addForward,
  createKernel,
  KernelArgumentError,
  multiplyBackward,
  multiplyForward,
  sum,
} from "../src/index.ts";

const kernel = createKernel();
const floats = (length: number) => kernel.arena.float32(kernel.arena.allocate(4 * length), length);

describe("a checked function", () => {
  it("refuses a view of another memory", () => {
    expect(() => addForward(kernel, floats(3), new Float32Array(3), floats(3))).toThrow(
      "addForward: y: expected a view of this kernel's memory, got a view of another buffer. " +
        "Make one with kernel.arena, and make it again after memory has grown.",
    );
    const other = createKernel();
    const foreign = other.arena.float32(other.arena.allocate(12), 3);
    expect(() => sum(kernel, foreign)).toThrow(KernelArgumentError);
  });

  it("refuses what is no float array", () => {
    const integers = new Int32Array(kernel.memory.buffer, 0, 3);
    // @ts-expect-error: the types forbid it too
    expect(() => sum(kernel, integers)).toThrow(
      "sum: x: expected a Float32Array or Float64Array, got an Int32Array.",
    );
    // @ts-expect-error: the types forbid it too
    expect(() => sum(kernel, undefined)).toThrow(
      "sum: x: expected a Float32Array or Float64Array, got undefined.",
    );
  });

  it("refuses two element types in one call", () => {
    const doubles = kernel.arena.float64(kernel.arena.allocate(24), 3);
    expect(() =>
      multiplyForward<Float32Array | Float64Array>(kernel, floats(3), doubles, floats(3)),
    ).toThrow("multiplyForward: y: expected a Float32Array like x, got a Float64Array.");
  });

  it("refuses lengths that differ, also of an operand that would repeat", () => {
    expect(() => multiplyForward(kernel, floats(6), floats(3), floats(6))).toThrow(
      "multiplyForward: y: expected 6 elements like x, got 3 elements. " +
        "Both operands and all results have one length.",
    );
    expect(() => multiplyForward(kernel, floats(6), floats(1), floats(6))).toThrow(
      "multiplyForward: y: expected 6 elements like x, got 1 element.",
    );
    expect(() => addForward(kernel, floats(6), floats(6), floats(5))).toThrow(
      "addForward: out: expected 6 elements like x, got 5 elements.",
    );
    expect(() => addBackward(kernel, floats(6), floats(5), floats(6))).toThrow(
      "addBackward: xGradient: expected 6 elements like gradient, got 5 elements.",
    );
    expect(() => addBackward(kernel, floats(6), floats(6), floats(0))).toThrow(
      "addBackward: yGradient: expected 6 elements like gradient, got 0 elements.",
    );
    expect(() =>
      multiplyBackward(kernel, floats(6), floats(6), floats(2), floats(6), floats(2)),
    ).toThrow("multiplyBackward: y: expected 6 elements like gradient, got 2 elements.");
    expect(() =>
      multiplyBackward(kernel, floats(6), floats(6), floats(6), floats(6), floats(3)),
    ).toThrow(KernelArgumentError);
  });

  it("refuses an output that shares only a part of an input", () => {
    const x = floats(8);
    const shifted = kernel.arena.float32(x.byteOffset + 4, 7);
    const start = kernel.arena.float32(x.byteOffset, 7);
    expect(() => addForward(kernel, start, floats(7), shifted)).toThrow(
      "addForward: out: expected memory apart from x, or exactly that of x, got a part of it.",
    );
  });

  it("refuses two outputs in the same memory", () => {
    const out = floats(3);
    expect(() => multiplyBackward(kernel, floats(3), floats(3), floats(3), out, out)).toThrow(
      "multiplyBackward: yGradient: expected memory apart from xGradient, " +
        "got memory in common with it.",
    );
  });
});
