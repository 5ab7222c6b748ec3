/**
 * At the sizes at which shipped code changes its algorithm, the bits are those of JavaScript. Such sizes are those of a
 * block, a tile or a strip, and the size from which a kernel pays. Functions are eager and compiled, on one thread and
 * on several that `setThreads` starts. The sizes are read from the sources.
 */

import { afterAll, afterEach, expect, test } from "vitest";
import choleskyText from "../../../wasm-kernel/assembly/algorithms/linalg/cholesky.ts?raw";
import reflection from "../../../wasm-kernel/assembly/algorithms/linalg/reflection.ts?raw";
import rowsText from "../../../wasm-kernel/assembly/algorithms/linalg/rows.ts?raw";
import orderText from "../../../wasm-kernel/assembly/algorithms/order.ts?raw";
import words from "../../../wasm-kernel/assembly/algorithms/words.ts?raw";
import cumulative from "../../../wasm-kernel/assembly/cumulativeSum.ts?raw";
import indexing from "../../../wasm-kernel/assembly/indexing.ts?raw";
import blocks from "../../../wasm-kernel/assembly/matmulBlock.ts?raw";
import chunks from "../../../wasm-kernel/assembly/matmulChunk.ts?raw";
import tiles from "../../../wasm-kernel/assembly/matmulTiles.ts?raw";
import columns from "../../../wasm-kernel/assembly/reduceColumns.ts?raw";
import summation from "../../../wasm-kernel/assembly/summation.ts?raw";
import vector from "../../../wasm-kernel/assembly/vector.ts?raw";
import multiplyText from "../../src/families/multiply.ts?raw";
import scan from "../../src/families/scan.ts?raw";
import scratch from "../../src/families/scratch.ts?raw";
import {
  compile,
  conv1d,
  cumulativeMax,
  cumulativeSum,
  eye,
  layerNorm,
  setRunner,
  softmax,
  sort,
  type Tensor,
  take,
  tensor,
  topK,
  uniform,
} from "../../src/index.ts";
import { cholesky, eigvalsh, inv, lu, qr, solve, svd } from "../../src/linalg.ts";
import eager from "../../src/run/eager/eager.ts?raw";
import loops from "../../src/run/eager/loops.ts?raw";
import reductions from "../../src/run/eager/reductions.ts?raw";
import narrow from "../../src/run/wasm/emit/space.ts?raw";
import memory from "../../src/run/wasm/memory/workspace.ts?raw";
import { BYTES } from "../../src/tensor/dtype.ts";
import { setThreads } from "../../src/threads.ts";
import { around, constantIn } from "../support/constants.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled } from "../support/sampling.ts";

afterEach(() => setRunner("wasm"));
afterAll(() => setThreads(1));

type Floats = "float32" | "float64";
type Results = Tensor | readonly Tensor[];

/**
 * A function whose algorithm depends on one length, and the sizes at which it changes; with `bytes`, sizes depend on
 * the dtype.
 */
interface Law {
  readonly name: string;
  readonly sizes: readonly number[] | ((bytes: number) => readonly number[]);
  readonly inputs: readonly ((n: number) => readonly number[])[];
  readonly fn: (x: Tensor, y: Tensor) => Results;
}

const one = (text: string, ...names: string[]) => names.map((name) => constantIn(text, name));
const VECTOR = constantIn(vector, "VECTOR_BYTES");
const [blockRows = 0] = one(blocks, "BLOCK_ROWS");
const vectors = (bytes: number) => VECTOR / bytes;
const EAGER = [
  ...one(loops, "SMALLEST_BATCH", "WORTH_EMITTING"),
  ...one(memory, "TILE", "LOADING_BATCH"),
];
const spread = (n: number) => eye(n).mul(n + 2);

const LAWS: readonly Law[] = [
  {
    name: "rows of a product",
    sizes: [
      blockRows,
      4 * blockRows,
      ...one(tiles, "TILE_ROWS"),
      constantIn(blocks, "IN_PLACE_ROWS", { TILE_ROWS: constantIn(tiles, "TILE_ROWS") }),
      ...one(multiplyText, "HEIGHT"),
    ],
    inputs: [(n) => [n, 33], () => [33, 17]],
    fn: (x, y) => x.matmul(y),
  },
  {
    name: "columns of a product",
    sizes: (bytes) => [
      ...one(blocks, "BLOCK_COLUMNS"),
      ...one(multiplyText, "BLOCK", "WIDTH"),
      constantIn(tiles, "TILE_VECTORS") * vectors(bytes),
    ],
    inputs: [() => [9, 33], (n) => [33, n]],
    fn: (x, y) => x.matmul(y),
  },
  {
    name: "inner elements of a product",
    sizes: [...one(blocks, "BLOCK_INNER"), ...one(chunks, "CHUNK"), ...one(multiplyText, "CHUNK")],
    inputs: [(n) => [7, n], (n) => [n, 9]],
    fn: (x, y) => x.matmul(y),
  },
  {
    name: "lines of a product with a vector",
    sizes: one(scratch, "BLOCK_LINES"),
    inputs: [(n) => [n, 33], () => [33]],
    fn: (x, y) => [x.matmul(y), x.transpose().matmul(x.slice([0, 0], [x.shape[0] ?? 0, 1]))],
  },
  {
    name: "stacks of products",
    sizes: one(tiles, "TILE_ROWS", "TILE_VECTORS"),
    inputs: [(n) => [3, n, 9], (n) => [3, 9, n]],
    fn: (x, y) => x.matmul(y),
  },
  {
    name: "elements of an elementwise op",
    sizes: [...EAGER, ...one(eager, "LEAST_FLOPS")],
    inputs: [(n) => [n], (n) => [n]],
    fn: (x, y) => [x.add(y), x.exp().mul(y), x.maximum(y).square()],
  },
  {
    name: "elements of a sum",
    sizes: [...EAGER, ...one(summation, "BLOCK")],
    inputs: [(n) => [n]],
    fn: (x) => [x.sum(), x.max(), x.mul(x).mean()],
  },
  {
    name: "rows of a sum of columns",
    sizes: [...one(summation, "BLOCK"), ...one(loops, "SMALLEST_BATCH")],
    inputs: [(n) => [n, 5]],
    fn: (x) => [x.sum(0), x.max(0)],
  },
  {
    name: "columns of a sum of columns",
    sizes: [...one(columns, "ROW_TILE"), ...one(reductions, "MOST_COLUMNS")],
    inputs: [(n) => [3, n]],
    fn: (x) => [x.sum(0), x.min(0)],
  },
  {
    name: "a cumulative sum",
    sizes: [...one(cumulative, "BLOCK", "SHORT_ROW", "LONG_ROW"), ...one(scan, "SCAN_BLOCK")],
    inputs: [(n) => [2, n]],
    fn: (x) => [cumulativeSum(x, 1), cumulativeMax(x, 1), cumulativeSum(x.transpose(), 0)],
  },
  {
    name: "columns of a cumulative sum",
    sizes: (bytes) => [constantIn(cumulative, "STRIP_BYTES") / bytes, (4 * VECTOR) / bytes],
    inputs: [(n) => [5, n]],
    fn: (x) => cumulativeSum(x, 0),
  },
  {
    name: "rows that are taken",
    sizes: (bytes) => [constantIn(indexing, "LONG_ROW"), constantIn(indexing, "LONG_ROW") / bytes],
    inputs: [(n) => [5, n]],
    fn: (x) => [
      take(x, tensor([3, 0, 3], { dtype: "int32" })),
      take(x, tensor([1, 0], { dtype: "int32" }), 1),
    ],
  },
  {
    name: "rows of softmax and layerNorm",
    sizes: [...one(narrow, "LONGEST_NARROW", "LARGEST_NARROW_BLOCK"), ...one(summation, "BLOCK")],
    inputs: [(n) => [6, n]],
    fn: (x) => [softmax(x), layerNorm(x)],
  },
  {
    name: "windows of a convolution",
    sizes: one(scratch, "FEW_WINDOWS"),
    inputs: [(n) => [3, 2, n], () => [4, 2, 3]],
    fn: (x, y) => conv1d(x, y, { padding: 1 }),
  },
  {
    name: "elements of a sort",
    sizes: [...one(orderText, "FEW", "FEW_FIRST", "SELECTED"), ...one(words, "MANY", "HALVES")],
    inputs: [(n) => [n]],
    fn: (x) => [sort(x), topK(x, Math.min(5, x.size)).values],
  },
  {
    name: "sides of factorised matrices",
    sizes: [
      ...one(choleskyText, "BASE", "SQUARE"),
      ...one(reflection, "BLOCK"),
      ...one(rowsText, "FEW", "APART"),
    ],
    inputs: [(n) => [n, n], (n) => [n, 3]],
    fn: (x, y) => {
      const a = x.add(spread(x.shape[0] ?? 0));
      const symmetric = a.matmul(a.transpose());
      return [
        cholesky(symmetric),
        lu(a).u,
        qr(a).r,
        solve(a, y),
        inv(a),
        eigvalsh(symmetric),
        svd(x).s,
      ];
    },
  },
];

interface Case {
  readonly name: string;
  readonly fn: Law["fn"];
  readonly inputs: [Tensor, Tensor];
}

function* casesOf({ name, sizes, inputs, fn }: Law): Generator<() => Case> {
  for (const dtype of ["float32", "float64"] as const satisfies readonly Floats[]) {
    for (const n of around(...(typeof sizes === "function" ? sizes(BYTES[dtype]) : sizes))) {
      yield () => {
        const [x, y] = inputs.map((shape, seed) =>
          uniform(shape(n), { seed, low: -1, high: 1, dtype }),
        );
        return { name: `${name}: ${n} of ${dtype}`, fn, inputs: [x, y ?? x] as [Tensor, Tensor] };
      };
    }
  }
}

const CASES = LAWS.flatMap((law) => [...casesOf(law)]);

const listOf = (results: Results) =>
  Array.isArray(results) ? (results as readonly Tensor[]) : [results as Tensor];

/** Returns copies of the results, so that no later run has to copy their elements. */
const read = (results: Results) =>
  listOf(results).map((result) => tensor(result.data()).reshape(result.shape));

function expectSame({ name, fn, inputs: [x, y] }: Case): void {
  setRunner("js");
  const expected = read(fn(x, y));
  setRunner("wasm");
  const compiled = compile((a: Tensor, b: Tensor) => [...listOf(fn(a, b))], { backend: "wasm" });
  const ways = { "at once": fn(x, y), compiled: compiled(x, y), "once more": compiled(x, y) };
  for (const [way, results] of Object.entries(ways)) {
    listOf(results).forEach((result, i) => {
      try {
        expectSameBits(result, expected[i] as Tensor);
      } catch (error) {
        throw new Error(`${name}, ${way}, result ${i}`, { cause: error });
      }
    });
  }
}

test("every size is that of a constant that is there", () => {
  expect(CASES.length).toBeGreaterThan(150);
  expect(constantIn("const A: usize = 4 << 20;\nexport const B = 3 * A;", "B")).toBe(12 * 2 ** 20);
  expect(() => constantIn("const A = 1;", "B")).toThrow("no constant B");
});

test("bits are those of JavaScript on one thread", () => {
  for (const make of sampled(CASES, 6)) expectSame(make());
});

test("and on several, as setThreads starts them", async () => {
  await setThreads(3);
  for (const make of sampled(CASES, 12, 1)) expectSame(make());
});
