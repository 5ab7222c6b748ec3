/**
 * The kernel's functions, by their names. The functions of a group are loaded when one of them is needed.
 */

import { createKernel } from "@graddiff/wasm-kernel";
import { expect, test } from "vitest";
import { functionsOf, groupNamed, nameOfGroup } from "../../src/graph/kernel.ts";
import { Tensor } from "../../src/index.ts";
import { functionOf } from "../../src/run/wasm/kernel/functions.ts";
import { LANE_OPS } from "../../src/run/wasm/kernel/lanes.ts";
import { registeredOps } from "../support/table.ts";
import { emitLoops } from "./emit/support.ts";

test("an elementary function is of a group unless it is a method, which every program has", () => {
  const rows = Object.entries(LANE_OPS).filter(([, row]) => "elementary" in row);
  const ofGroups = rows.filter(([name]) => {
    const kernel = registeredOps().find((own) => own.name === name)?.kernel;
    return kernel?.kind === "elementwise" && kernel.group !== undefined;
  });
  // fmod is in every program, too, since the remainder method is made from it.
  const kept = new Set([...Object.getOwnPropertyNames(Tensor.prototype), "fmod"]);
  const alone = rows.filter(([name]) => !kept.has(name));
  expect(ofGroups.map(([name]) => name)).toEqual(alone.map(([name]) => name));
  expect(alone.length).toBeGreaterThan(0);
});

test("the first function of a group loads it, and no other", () => {
  const host = createKernel();
  const heapBase = functionOf(host, "heapBase");
  expect(host.exports.orderOfRows).toBeUndefined();
  for (const op of registeredOps()) nameOfGroup(functionsOf(op)?.group);
  const group = groupNamed("order").name;
  const greatest = functionOf(host, "orderOfRows", group);
  expect(greatest).toBe(host.exports.orderOfRows);
  expect(functionOf(host, "orderOfRows")).toBe(greatest);
  expect(host.exports.erf_f32).toBeUndefined();
  expect(functionOf(host, "heapBase")).toBe(heapBase);
});

test("a loop loads the groups of the functions that it calls", () => {
  const host = createKernel();
  const [address, count] = [host.arena.allocate(16), 4];
  const x = host.arena.float32(address, count);
  x.set([0, -0, 1, Infinity]);
  const loop = {
    dtype: "float32",
    shape: [count],
    inputs: [{ strides: [1] }],
    steps: [{ op: "erf", inputs: [{ kind: "input", index: 0 }] }],
    outputs: [{ step: 0 }],
  } as const;
  const [run] = emitLoops(host, [{ loop, addresses: [address, address] }]);
  run?.();
  expect([...x]).toEqual([0, -0, Math.fround(0.8427007929497148), 1]);
  expect(host.exports.erfc_f64).toBeDefined();
  expect(host.exports.orderOfRows).toBeUndefined();
});

test("a function of no group and a group that nobody has named are errors", () => {
  expect(() => functionOf(createKernel(), "none" as never)).toThrow("no kernel is named none");
  expect(() => groupNamed("none")).toThrow("no group of kernels is named none");
});
