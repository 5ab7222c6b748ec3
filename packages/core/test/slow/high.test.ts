/**
 * All ops at addresses above 2³¹, where a number that is taken for a signed one is negative.
 */

import { expect, test, vi } from "vitest";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";

/** The bytes before everything that the library stores. */
const AHEAD = 2 ** 31 + 4096;

vi.mock("@graddiff/wasm-kernel", async (original) => {
  const kernel = await original<typeof import("@graddiff/wasm-kernel")>();
  const createHost: typeof kernel.createHost = (...given) =>
    Object.create(kernel.createHost(...given), { reductionScratch: { value: AHEAD } });
  return { ...kernel, createHost };
});

// The tests of bits, of loops and of matrices, which are collected here once more.
await import("../generated/bits.test.ts");
await import("../control/scan.test.ts");
await import("../control/runs.test.ts");
await import("../ops/windows.test.ts");
await import("../linalg/bits.test.ts");
await import("../run/rows.test.ts");

test("everything stands above 2³¹", () => {
  expect(workspace()?.address(0)).toBeGreaterThan(2 ** 31);
  expect(workspace()?.heap.scratch(64)).toBeGreaterThan(2 ** 31);
});
