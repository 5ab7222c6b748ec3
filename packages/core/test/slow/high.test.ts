/**
 * All ops at addresses above 2³¹, which are negative numbers if they are taken for signed ones.
 */

import { expect, test, vi } from "vitest";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";

/** The bytes in front of all memory that the library uses. */
const AHEAD = 2 ** 31 + 4096;

vi.mock("@graddiff/wasm-kernel", async (original) => {
  const kernel = await original<typeof import("@graddiff/wasm-kernel")>();
  const createHost: typeof kernel.createHost = (...given) =>
    Object.create(kernel.createHost(...given), { reductionScratch: { value: AHEAD } });
  return { ...kernel, createHost };
});

// The imported files have the tests of bits, of loops and of matrices, which run again here.
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
