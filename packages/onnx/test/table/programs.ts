/**
 * Programs of several ops for the table: chains of conversions, ops that optimizers merge, and functions with an open
 * batch size, at several sizes.
 */

import { concat, type DType, ones, type Tensor, tensor, uniform } from "@graddiff/core";
import { exportOnnx } from "../../src/index.ts";
import { batchFunctions } from "../support/batchFunctions.ts";
import type { Case } from "./cases.ts";

const DTYPES: readonly DType[] = ["float32", "float64", "int32", "bool"];

/** Numbers that conversions keep, round or truncate. */
const NUMBERS = [
  0,
  -0,
  0.4,
  -0.4,
  0.5,
  1,
  -1,
  1.5,
  -2.7,
  2 ** 24 + 1,
  1e-40,
  3e9,
  -3e9,
  Number.NaN,
];

/** Returns every chain of up to three conversions, from every dtype. */
export function chainsOfCasts(): Case[] {
  const chains = DTYPES.flatMap((from) =>
    DTYPES.flatMap((first) =>
      DTYPES.flatMap((second) =>
        DTYPES.map((third) => ({ from, steps: [first, second, third] as const })),
      ),
    ),
  );
  return chains.map(({ from, steps }) => ({
    op: "chain",
    title: `of ${[from, ...steps].join(" to ")}`,
    dtype: steps[2],
    fn: (x: Tensor) => steps.reduce((value, dtype) => value.cast(dtype), x),
    inputs: [tensor(NUMBERS, { dtype: "float64" }).cast(from)],
    values: 1,
  }));
}

/** Returns products, which optimizers merge with ops before and after them. */
export function products(): Case[] {
  const functions: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    "of a transpose": (x, y) => x.transpose().matmul(y),
    "with a transpose": (x, y) => x.transpose().matmul(y.transpose().transpose()),
    "of a product": (x, y) => x.transpose().matmul(y).transpose().matmul(x.transpose()),
    "of a multiple": (x, y) => x.mul(0.5).transpose().matmul(y.mul(3)).mul(0.1),
    "of a converted transpose": (x, y) => x.cast("float32").transpose().cast(y.dtype).matmul(y),
    "of a sum": (x, y) =>
      x
        .transpose()
        .matmul(y)
        .add(ones([4, 2], { dtype: x.dtype })),
  };
  return (["float32", "float64"] as const).flatMap((dtype) => {
    const inputs = [
      uniform([3, 4], { seed: 1, low: -1, dtype }),
      uniform([3, 2], { seed: 2, low: -1, dtype }),
    ];
    return Object.entries(functions).map(
      ([title, fn]): Case => ({
        op: "matmul",
        title,
        dtype,
        fn: (x, y) => fn(x as Tensor, y as Tensor),
        inputs,
        values: 1,
      }),
    );
  });
}

/** Returns functions of a batch at several sizes, including no rows where the function is defined. */
export function batches(): Case[] {
  return (["float32", "float64"] as const).flatMap((dtype) =>
    Object.entries(batchFunctions).flatMap(([title, fn]) => {
      const rows = (size: number) =>
        uniform([size, 3], { seed: size + 1, low: -1, high: 2, dtype });
      return [0, 1, 2, 7].flatMap((size): Case[] => {
        const inputs = [rows(size)];
        if (!isAccepted(() => fn(rows(size)))) return [];
        const dynamic = { x: 0 };
        return [
          {
            op: "batch",
            title: `${title}, of ${size} rows`,
            dtype,
            fn: (x) => fn(x as Tensor),
            inputs,
            values: 1,
            open: { example: [rows(4)], options: { dynamic, inputs: ["x"] } },
          },
        ];
      });
    }),
  );
}

/**
 * Returns cases of the table with the first axis of their inputs left open: without rows, with one row, and with twice
 * as many. Cases with attributes, such as the shape of a reshape, are left out, since an attribute fits only one
 * length.
 */
export function opened(cases: readonly Case[]): Case[] {
  return cases.flatMap((each) => {
    if (each.title === "edges" || (each.title.endsWith("}") && !each.title.endsWith("{}"))) {
      return [];
    }
    // Without rows the sum stays 0, so the loop would never end.
    if (each.op === "while" && each.title === "of any number of steps") return [];
    const length = Math.max(0, ...each.inputs.map(({ shape }) => shape[0] ?? 0));
    if (length < 2) return [];
    const isOpen = ({ shape }: Tensor) => shape[0] === length;
    const names = each.inputs.map((_, i) => `in${i}`);
    const dynamic = Object.fromEntries(
      each.inputs.flatMap((input, i) => (isOpen(input) ? [[`in${i}`, 0]] : [])),
    );
    const options = { dynamic, inputs: names };
    if (!isAccepted(() => exportOnnx(each.fn, each.inputs, options))) return [];
    const resized: readonly [string, (x: Tensor) => Tensor][] = [
      ["no rows", (x) => x.slice([0], [0])],
      ["one row", (x) => x.slice([0], [1])],
      ["twice the rows", (x) => concat([x, x])],
    ];
    return resized.flatMap(([rows, change]) => {
      const inputs = each.inputs.map((input) => (isOpen(input) ? change(input) : input));
      if (!isAccepted(() => each.fn(...inputs))) return [];
      const title = `${each.title}, open, with ${rows}`;
      return [{ ...each, title, inputs, open: { example: each.inputs, options } }];
    });
  });
}

function isAccepted(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
