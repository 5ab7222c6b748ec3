/**
 * Every op that can be exported, with its gradient, in every dtype: importing the export gives a function with the same
 * values. Imported models are exported again, too.
 */

import { type Tensor, uniform } from "@graddiff/core";
import { expect, test } from "vitest";
import { sampled, sampleTests, WHOLE } from "../../../core/test/support/sampling.ts";
import { exportOnnx, importOnnx } from "../../src/index.ts";
import { valueOfFile } from "../conformance/cases.ts";
import { batchFunctions } from "../support/batchFunctions.ts";
import { listOf } from "../support/listOf.ts";
import { differenceOf } from "../support/runtime.ts";
import { allCases } from "../table/cases.ts";
import golden from "./golden/cases.json" with { type: "json" };

sampleTests(3);

/** The most cases of each op and dtype. */
const MOST = 2;

const counts = new Map<string, number>();
const cases = allCases().filter(({ op, dtype }) => {
  const count = (counts.get(`${op} ${dtype}`) ?? 0) + 1;
  counts.set(`${op} ${dtype}`, count);
  return count <= MOST;
});

/** Returns the bytes of a model; undefined if ONNX cannot express it, or if sizes depend on values. */
function exported(fn: (...inputs: Tensor[]) => unknown, inputs: readonly Tensor[]) {
  try {
    return exportOnnx(fn, inputs).bytes;
  } catch (error) {
    if (/that ONNX can say|numbers that follow from shapes/.test(String(error))) return undefined;
    throw error;
  }
}

let tried = 0;

const ops = [...new Set(cases.map(({ op }) => op))];

test.each(ops)("%s comes back", (op) => {
  const own = cases.filter((each) => each.op === op);
  const wrong = sampled(own, 5, ops.indexOf(op)).flatMap(({ title, dtype, fn, inputs }) => {
    const bytes = exported(fn, inputs);
    if (bytes === undefined) return [];
    tried++;
    const got = importOnnx(bytes).fn(...inputs);
    const bound = dtype === "float64" ? 1e-10 : 1e-6;
    return listOf(fn(...inputs)).flatMap((own, i) => {
      const difference = differenceOf(got[i] as Tensor, own);
      return difference <= bound ? [] : [`${title} ${dtype}, result ${i}: ${difference}`];
    });
  });
  expect(wrong).toEqual([]);
});

test("many of them were tried", () => {
  expect(tried).toBeGreaterThan(WHOLE ? 700 : 200);
});

test.each(Object.entries(batchFunctions))("%s comes back, of any batch size", (_name, fn) => {
  const example = uniform([2, 3], { seed: 1 });
  const { bytes } = exportOnnx((x: Tensor) => fn(x), [example], { dynamic: { x: 0 } });
  const model = importOnnx(bytes);
  for (const rows of sampled([2, 5, 7], 3)) {
    const x = uniform([rows, 3], { seed: rows, low: -1, high: 2 });
    const got = model.fn(x);
    listOf(fn(x)).forEach((own, i) => {
      expect(differenceOf(got[i] as Tensor, own)).toBeLessThanOrEqual(1e-5);
    });
  }
});

test.each(sampled(Object.entries(golden), 5))("%s is exported again", (name, { model, sets }) => {
  const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
  const first = importOnnx(decode(model));
  const [files = []] = sets[0] ?? [];
  const given = files.map((file, i) => valueOfFile(decode(file), first.inputs[i]?.type).tensor);
  const expected = first.fn(...given);
  // Integers and scalars may determine the sizes of results, so they are constants.
  const isArgument = ({ dtype, rank }: Tensor) => dtype.startsWith("float") && rank > 0;
  const fn = (...floats: Tensor[]) => {
    const rest = [...floats];
    return first.fn(...given.map((x) => (isArgument(x) ? (rest.shift() ?? x) : x)));
  };
  const inputs = given.filter(isArgument);
  const bytes = exported(fn, inputs);
  if (bytes === undefined) return;
  const got = importOnnx(bytes).fn(...inputs);
  expected.forEach((own, i) => {
    expect(differenceOf(got[i] as Tensor, own), name).toBeLessThanOrEqual(1e-5);
  });
});
