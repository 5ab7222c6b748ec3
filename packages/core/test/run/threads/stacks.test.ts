/** The law of stacks: matrices that threads factorise in parallel have the bits that one thread computes. */

import { afterAll, expect, test } from "vitest";
import { compile, setRunner, type Tensor } from "../../../src/index.ts";
import { poolInUse, setThreads, startThreads } from "../../../src/run/threads/setThreads.ts";
import { haveSameBits } from "../../support/opChecks.ts";
import { sampled, WHOLE } from "../../support/sampling.ts";
import { stackCases } from "../../support/stacks.ts";

afterAll(() => setThreads(1));

/** The number of times that threads compute each case: a race would spoil only some of the runs. */
const TIMES = WHOLE ? 6 : 3;

test("stacks of matrices have the bits of one thread, eager and compiled, on threads that run side by side", async () => {
  setRunner("wasm");
  // Two cases are in every sample: a former race spoiled their bits in nearly every run.
  const some = [
    ...sampled(stackCases, 40),
    ...stackCases.filter(({ name }) => /^(inv|qr) of \[16, 160/.test(name)),
  ];
  const whole = some.map((own) => {
    const a = own.matrices();
    const [eager, compiled] = [own.fn(a), compile(own.fn)(a)];
    for (const result of [...eager, ...compiled]) result.toArray();
    return { own, a, eager, compiled };
  });
  await startThreads(4, { thresholds: { program: 0, op: 0, call: 0, partition: 0 } });
  expect(poolInUse()?.threads).toBe(4);
  for (const { own, a, eager, compiled } of whole) {
    const { name, fn } = own;
    const program = compile(fn);
    for (let time = 0; time < TIMES; time++) {
      const ways = [
        ["at once", fn(a), eager],
        ["compiled", program(a), compiled],
      ] as const;
      for (const [way, found, expected] of ways) {
        const same = found.map((result, i) => haveSameBits(result, expected[i] as Tensor));
        expect(same, `${name}, ${way}`).not.toContain(false);
      }
    }
  }
});
