/** The law of `fit` on WebAssembly: a run that was interrupted at any step resumes with the same bits. */

import { tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import { batches, Dense, fit, meanSquaredError, SGD } from "../../src/index.ts";
import { testResuming } from "../support/resuming.ts";

sampleTests(3);

describe("a run", () => testResuming(undefined, 6));

test("an epoch whose validation has thrown is not trained again by the next loop", async () => {
  const model = new Dense(1, 1, { seed: 1 });
  let isBroken = true;
  const run = fit(model, {
    data: batches(tensor([[1], [2], [3]]), { size: 1 }),
    loss: (own, x) => meanSquaredError(own.forward(x), x),
    optimizer: new SGD(model, { learningRate: 0.01 }),
    epochs: 2,
    validation: {
      *[Symbol.iterator]() {
        if (isBroken) throw new Error("broken");
        yield tensor([[4]]);
      },
    },
  });
  await expect(run.run()).rejects.toThrow("broken");
  isBroken = false;
  const { rows } = await run.run();
  expect(rows.map(({ steps }) => steps)).toEqual([3, 3]);
});
