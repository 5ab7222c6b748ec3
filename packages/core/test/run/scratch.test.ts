/**
 * The formulas for scratch memory agree with the layouts of the kernels.
 */

import { createKernel, type KernelExports, windowsKernels } from "@graddiff/wasm-kernel";
import { linalgKernels } from "@graddiff/wasm-kernel/linalg";
import { expect, test } from "vitest";
import {
  CUMULATIVE_SUM_BYTES,
  convolutionBytes,
  factorisationBytes,
  matmulBytes,
  maxPoolBytes,
  REDUCTION_BYTES,
  type Three,
  windowBytes,
} from "../../src/families/scratch.ts";
import { chooser } from "../support/randomFunctions.ts";

const kernel = createKernel();
const { exports } = kernel;

/** Lengths around the sizes of vectors, tiles, blocks and chunks. */
const LENGTHS = [
  ...[0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 239, 240, 241, 255, 256, 257],
  ...[959, 960, 961, 1023, 1024, 1025, 4095, 4096, 4097, 9000],
];

test("reductions and cumulative sums", () => {
  expect(REDUCTION_BYTES).toBe(exports.reductionScratchByteLength());
  expect(CUMULATIVE_SUM_BYTES).toBe(exports.cumulativeSumScratchByteLength());
});

test("products, and those within factorisations", () => {
  const linalg = kernel.load(linalgKernels);
  for (const rows of LENGTHS) {
    for (const columns of LENGTHS) {
      const products = LENGTHS.flatMap((inner) => [
        matmulBytes("float32", rows, columns, inner),
        matmulBytes("float64", rows, columns, inner),
      ]);
      expect(products, `${rows} × ${columns}`).toEqual(
        LENGTHS.flatMap((inner) => [
          exports.matmulScratchByteLength_f32(rows, columns, inner),
          exports.matmulScratchByteLength_f64(rows, columns, inner),
        ]),
      );
      expect([
        factorisationBytes("float32", rows, columns),
        factorisationBytes("float64", rows, columns),
      ]).toEqual([
        linalg.linalgWorkLength_f32(rows, columns),
        linalg.linalgWorkLength_f64(rows, columns),
      ]);
    }
  }
});

test("windows, and convolutions by products", () => {
  const windows = kernel.load(windowsKernels);
  const choose = chooser(1);
  const three = (least: number, most: number): Three => {
    const one = () => least + choose(most - least + 1);
    return [one(), one(), one()];
  };
  let few = 0;
  let chunked = 0;
  for (let round = 0; round < 2000; round++) {
    const [size, stride, dilation, out] = [three(1, 5), three(1, 4), three(1, 3), three(0, 9)];
    const numbers = [
      ...[...three(1, 20), ...three(-2, 3), ...three(1, 3)],
      ...[...size, ...stride, ...dilation, ...out],
    ];
    const own = { size, stride, dilation, out };
    const counts = [choose(4), choose(99), 1 + choose(300)] as const;
    few += out[0] * out[1] * out[2] < 64 ? 1 : 0;
    chunked += counts[1] * size[0] * size[1] * size[2] > 4096 ? 1 : 0;
    for (const [bytes, ending] of [
      [4, "f32"],
      [8, "f64"],
    ] as const) {
      // The cast is needed, since the type of a list has no length, and kernels take a fixed number of parameters.
      const given = numbers as Numbers;
      const what = JSON.stringify([own, counts]);
      expect(windowBytes(bytes, own), what).toBe(windows.windowScratchByteLength(bytes, ...given));
      expect(maxPoolBytes(bytes, own), what).toBe(
        windows.maxPoolScratchByteLength(bytes, ...given),
      );
      const length = windows[`convolutionScratchByteLength_${ending}`];
      expect(convolutionBytes(bytes, ...counts, own), what).toBe(length(...counts, ...given) >>> 0);
    }
  }
  expect(Math.min(few, chunked)).toBeGreaterThan(100);
});

type Numbers =
  Parameters<KernelExports["windowScratchByteLength"]> extends [
    number,
    ...infer Rest extends number[],
  ]
    ? Rest
    : never;
