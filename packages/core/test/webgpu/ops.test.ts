/**
 * The law of the ops: as the table says, each op on a GPU has WebAssembly's results, has results near to them, or is
 * refused by name.
 */

import { expect, test } from "vitest";
import { ArgumentError, compile, type Tensor } from "../../src/index.ts";
import { supportOf } from "../../src/run/webgpu/target.ts";
import { readArray } from "../../src/tensor/tensor.ts";
import { applied, samples } from "../support/opChecks.ts";
import { sampled, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";
import { openForTests } from "./open.ts";

const gpu = await openForTests();
const exact = await openForTests({ exact: true });

/**
 * The largest relative error of a float32 from WebAssembly's, where drivers may fuse products and sums. Small elements
 * count relative to a thousandth of the largest one.
 */
const BOUND = 1e-6;

/** The reason why an op inside a body is refused. */
const REFUSED_WITHIN = /runs on WebAssembly alone/;
const ALL = ["float32", "int32", "bool"] as const;
/** The ops that compute in float64 for inputs of these dtypes. */
const IN_FLOAT64: Readonly<Record<string, readonly string[]>> = {
  gamma: ALL,
  gammaSlope: ALL,
  isClose: ["int32", "bool"],
  logOfGamma: ALL,
  normal: ALL,
};

/** Returns the largest error of the elements of a result, measured like {@link BOUND}. */
function distance(got: Tensor, expected: Tensor): number {
  const [a, b] = [got, expected].map((each) => Array.from(readArray(each, "test"), Number));
  if (a === undefined || b === undefined || a.length !== b.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(0, ...b.filter(Number.isFinite).map(Math.abs)) / 1000;
  return b.reduce((worst, want, i) => {
    const have = a[i] as number;
    if (Object.is(have, want)) return worst;
    const off = Math.abs(have - want) / Math.max(Math.abs(want), scale);
    return Math.max(worst, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
  }, 0);
}

test("the distance distinguishes numbers", async () => {
  const [one, two] = await gpu.read(
    compile((x: Tensor) => [x, x.mul(1 + 3e-6)], { backend: gpu })(samplesOf("exp")),
  );
  expect(distance(one as Tensor, one as Tensor)).toBe(0);
  expect(distance(two as Tensor, one as Tensor)).toBeGreaterThan(BOUND);
});

function samplesOf(name: string): Tensor {
  const op = registeredOps().find((each) => each.name === name);
  const example = op?.examples.cases.find(({ shapes }) => (shapes[0]?.length ?? 0) > 0);
  if (op === undefined || example === undefined) throw new Error(name);
  return samples(op, example, "float32").inputs[0] as Tensor;
}

test("every op has its row: a loop, a kernel, a body, or the reason why it is refused", () => {
  const rows = registeredOps().map((op) => [op.name, supportOf(op)] as const);
  const namesOf = (support: string) =>
    rows.filter(([, own]) => own === support).map(([name]) => name);
  expect(namesOf("kernel").sort()).toEqual([
    ...["check", "convolution"],
    ...["cumulativeMax", "cumulativeMin", "cumulativeProd", "cumulativeSum", "dft"],
    ...["linearRecurrence", "matmul", "overlapAdd", "putMax", "putMin", "realDft"],
    ...["realDftAdjoint", "searchSorted", "sort"],
    ...["take", "takeBackward", "topK", "uniform"],
  ]);
  expect(namesOf("refused").sort()).toEqual([
    ...["besselI0e", "besselI1e", "besselJ0", "besselJ1"],
    ...["betaI", "betaIComplement", "betaIComplementInverse", "betaIInverse", "binomialQuantile"],
    ...["cholesky", "eigh", "eigvalsh"],
    ...["gammaP", "gammaPInverse", "gammaQ", "gammaQInverse"],
    ...["lu", "luSolve", "normalQuantile", "poissonQuantile", "qr"],
    ...["singularValues", "stirlingRemainder", "svd", "triangularSolve", "whole number"],
  ]);
  expect(namesOf("loop").length).toBeGreaterThan(50);
});

test("and the results, or the refusal, that the row says", async () => {
  const counts = { results: 0, refused: 0 };
  const faults: string[] = [];
  for (const [i, op] of registeredOps().entries()) {
    const support = supportOf(op);
    for (const example of sampled(op.examples.cases, 12, i)) {
      for (const dtype of sampled(ALL, 4, i)) {
        let expected: readonly Tensor[];
        const { inputs, attributes } = samples(op, example, dtype);
        const fn = (...given: Tensor[]): Tensor[] => [...applied(op, given, attributes)];
        try {
          expected = compile(fn)(...inputs);
        } catch {
          continue;
        }
        const where = `${op.name} of ${dtype} ${JSON.stringify(example.shapes)}`;
        const isRefused = support === "refused";
        const isDouble = [...inputs, ...expected].some((each) => each.dtype === "float64");
        // Integers are tried on one backend only, since exact roundings do not concern them.
        for (const backend of dtype === "float32" ? sampled([gpu, exact], 2, i) : [exact]) {
          try {
            const got = await gpu.read(compile(fn, { backend })(...inputs));
            counts.results++;
            // Scalars of float64 are computed by the host, so they are not refused.
            if (isRefused && !isDouble) faults.push(`${where} should be refused`);
            got.forEach((result, k) => {
              const want = expected[k] as Tensor;
              const far = distance(result, want);
              const isExact = backend === exact || want.dtype !== "float32";
              const bound = isExact ? 0 : BOUND;
              const isType = result.dtype === want.dtype && `${result.shape}` === `${want.shape}`;
              if (!isType || far > bound) faults.push(`${where}: ${far}`);
            });
          } catch (error) {
            counts.refused++;
            const isNamed = error instanceof ArgumentError && /WebGPU|float64/.test(error.message);
            // A body may be refused for an op inside it.
            const isWithin =
              support === "body" &&
              (IN_FLOAT64[op.name]?.includes(dtype) || REFUSED_WITHIN.test(`${error}`));
            const isMeant = isRefused || isWithin || isDouble;
            if (!isNamed || !isMeant) faults.push(`${where}: ${error}`);
            if (isRefused && !`${error}`.includes(`${op.name}: `)) faults.push(`${error}`);
          }
        }
      }
    }
  }
  expect(faults).toEqual([]);
  expect(counts.results).toBeGreaterThan(WHOLE ? 2900 : 80);
  expect(counts.refused).toBeGreaterThan(WHOLE ? 200 : 5);
}, 600_000);
