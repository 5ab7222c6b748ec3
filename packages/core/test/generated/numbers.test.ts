/**
 * Plain numbers: the type of an op says whether its result is a plain number (weak), whatever its body chooses between.
 */

import { expect, test } from "vitest";
import * as gd from "../../src/index.ts";
import { scalar } from "../../src/tensor/tensor.ts";

type Call = (...inputs: gd.Tensor[]) => unknown;

const functions = Object.entries(gd).flatMap(([name, fn]): [string, Call, number][] => {
  if (typeof fn !== "function" || !("op" in fn)) return [];
  return [[name, fn as unknown as Call, Math.min(fn.length, 3)]];
});

/** Returns all combinations of plain numbers and tensors as inputs. */
function choices(count: number): gd.Tensor[][] {
  const values = [
    scalar(0.5),
    gd.tensor(0.5, { dtype: "float32" }),
    gd.tensor([0.5, 0.25], { dtype: "float64" }),
    gd.tensor([1, 0], { dtype: "int32" }),
  ];
  let all: gd.Tensor[][] = [[]];
  for (let i = 0; i < count; i++) all = all.flatMap((list) => values.map((x) => [...list, x]));
  return all;
}

test("functions of tensors are found", () => {
  expect(functions.length).toBeGreaterThan(80);
});

test.each(functions)("%s is a plain number as its type says", (_name, fn, count) => {
  for (const inputs of choices(count)) {
    let eager: unknown;
    try {
      eager = fn(...inputs);
    } catch {
      continue;
    }
    if (!(eager instanceof gd.Tensor)) return;
    let traced: gd.Tensor | undefined;
    const compiled = gd.compile((...given: gd.Tensor[]) => {
      traced = fn(...given) as gd.Tensor;
      return traced;
    })(...inputs);
    const told = inputs.map(
      ({ dtype, weak, shape }) => `${weak ? "weak " : ""}${dtype} [${shape}]`,
    );
    expect([eager.dtype, eager.weak], told.join(", ")).toEqual([traced?.dtype, traced?.weak]);
    expect([compiled.dtype, compiled.weak], told.join(", ")).toEqual([eager.dtype, eager.weak]);
  }
});
