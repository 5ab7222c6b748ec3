// Tests that threads can divide nearly all work of large workloads.

import { expect, test } from "vitest";
import { sampled, WHOLE } from "../../packages/core/test/support/sampling.ts";
import { divisibleWork } from "../src/divisible.ts";
import { workloads } from "../src/workloads/index.ts";

/** The workloads that cannot be divided: sorting one row, factorising one matrix, one real transform. */
const IN_ORDER =
  /^(sort|places) of 10⁶|^(eigh|svd|cholesky|solve) of \d+ × \d+$|^real fft of 65,536$/;

test("at least 0.97 of the arithmetic of large workloads can be divided into four pieces or more", () => {
  let [large, inOrder] = [0, 0];
  for (const workload of sampled(workloads, 8)) {
    const work = divisibleWork(workload);
    if (work === undefined) continue;
    const { name, share, rest } = work;
    if (IN_ORDER.test(name)) {
      inOrder++;
      expect(rest[0]?.how, name).toMatch(/in order/);
      continue;
    }
    large++;
    expect(share, `${name}: ${JSON.stringify(rest.slice(0, 3))}`).toBeGreaterThanOrEqual(0.97);
  }
  if (WHOLE) expect([large, inOrder]).toEqual([29, 9]);
  else expect(large).toBeGreaterThan(1);
});
