/**
 * Loops that are differentiated in segments: the bits are those of whole loops, forwards and backwards, with less
 * memory.
 */

import { afterEach, describe, expect, test, vi } from "vitest";
import { saving } from "../../src/bodies/scanDerivative.ts";
import {
  allClose,
  compile,
  grad,
  jvp,
  type ScanOptions,
  scan,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  whileLoop,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(3);

const before = saving.most;
afterEach(() => {
  saving.most = before;
  vi.restoreAllMocks();
});

const step =
  (w: Tensor) =>
  (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const next = h.matmul(w).add(x).tanh();
    return [next, next.square().sum()];
  };

/** Returns a scalar that depends on the last carry and on the rows of a loop. */
const loss = (options: ScanOptions) => (w: Tensor, h: Tensor, xs: Tensor) => {
  const [last, sums] = scan(step(w), h, xs, options);
  return last.sum().add(sums.mul(sums).sum());
};

const inputsOf = (length: number): [Tensor, Tensor, Tensor] => [
  uniform([3, 3], { seed: 1, low: -1, high: 1 }),
  uniform([2, 3], { seed: 2 }),
  uniform([length, 2, 3], { seed: 3 }),
];

describe("segments of a loop", () => {
  test.each([0, 1, 2, 3, 4, 5, 9, 10, 17])("have the bits of %i steps at once", (length) => {
    const inputs = inputsOf(length);
    for (const reverse of [false, true]) {
      const whole = loss({ reverse });
      const slopes = grad(whole, { argnums: [0, 1, 2] })(...inputs);
      const choices = [true, 1, 2, 3, 4, 100, "sqrt"] as const;
      for (const checkpoint of sampled(choices, 3, length + Number(reverse))) {
        const own = loss({ reverse, checkpoint });
        expectSameBits(own(...inputs), whole(...inputs));
        for (const gradient of [
          grad(own, { argnums: [0, 1, 2] }),
          compile(grad(own, { argnums: [0, 1, 2] })),
        ]) {
          gradient(...inputs).forEach((slope, i) => {
            expectSameBits(slope, slopes[i] as Tensor);
          });
        }
      }
    }
  });

  test("are differentiated in forward mode, twice, and in batches", () => {
    const [w, h, xs] = inputsOf(7);
    const [whole, own] = [{}, { checkpoint: "sqrt" } as const].map(
      (options) => (x: Tensor) => loss(options)(w, h, x),
    ) as [(x: Tensor) => Tensor, (x: Tensor) => Tensor];
    const along = uniform([7, 2, 3], { seed: 4 });
    expectSameBits(
      jvp(own)([xs], [along]).tangent as Tensor,
      jvp(whole)([xs], [along]).tangent as Tensor,
    );
    const twice = (fn: (x: Tensor) => Tensor) => grad((x: Tensor) => grad(fn)(x).square().sum());
    // Second derivatives are summed in another order.
    expect(allClose(twice(own)(xs), twice(whole)(xs), { relative: 1e-5 })).toBe(true);
    const batch = uniform([4, 7, 2, 3], { seed: 5 });
    expectSameBits(vectorize(grad(own))(batch), vectorize(grad(whole))(batch));
  });

  test("take less memory: the root of the number of steps", () => {
    const bytes = (checkpoint: boolean | "sqrt", length: number) => {
      const [w, h, xs] = inputsOf(length);
      const text = compile(grad(loss({ checkpoint })))
        .program(w, h, xs)
        .describe();
      const [, scratch = ""] = /flops in ([\d,]+) bytes/.exec(text) ?? [];
      return Number(scratch.replaceAll(",", ""));
    };
    expect(bytes(true, 10_000)).toBeGreaterThan(10_000 * 24);
    expect(bytes("sqrt", 10_000)).toBeLessThan(0.2 * bytes(true, 10_000));
  });

  test("other settings are errors", () => {
    for (const checkpoint of [0, -1, 1.5, "root", null]) {
      expect(() => loss({ checkpoint } as unknown as ScanOptions)(...inputsOf(2))).toThrow(
        'scan: checkpoint: expected true, false, a number of steps from 1, or "sqrt"',
      );
    }
  });
});

test("a loop that would keep too much is taken in segments by itself, with the same bits and one warning", () => {
  const inputs = inputsOf(30);
  const gradient = grad(loss({}), { argnums: [0, 1, 2] });
  const expected = gradient(...inputs);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  saving.most = 1000;
  for (const run of [gradient, gradient, compile(gradient)]) {
    run(...inputs).forEach((slope, i) => {
      expectSameBits(slope, expected[i] as Tensor);
    });
  }
  expect(warned).toHaveBeenCalledTimes(1);
  expect(String(warned.mock.calls[0])).toContain(
    "The gradient of a scan of 30 steps would keep 1 MiB",
  );
  const second = grad((xs: Tensor) =>
    grad(loss({}), { argnums: 2 })(inputs[0], inputs[1], xs).sum(),
  );
  const got = second(inputs[2]);
  saving.most = before;
  expect(allClose(got, second(inputs[2]), { relative: 1e-5, absolute: 1e-7 })).toBe(true);
});

describe("a whileLoop that would keep too much", () => {
  /** A loop that runs until a sum reaches a limit, with a captured matrix. */
  const passing = (limit: number, maxSteps: number) => (w: Tensor, h: Tensor) =>
    whileLoop(
      ({ sum }: { h: Tensor; sum: Tensor }) => sum.less(limit),
      ({ h: now, sum }: { h: Tensor; sum: Tensor }) => ({
        h: now.matmul(w).tanh(),
        sum: sum.add(now.square().mean()).add(1),
      }),
      { h, sum: h.sum().mul(0) },
      { maxSteps },
    );
  const total = (limit: number, maxSteps: number) => (w: Tensor, h: Tensor) => {
    const end = passing(limit, maxSteps)(w, h);
    return end.h.sum().add(end.sum);
  };
  const [w, h] = inputsOf(1);

  test("is taken in segments, with the bits of whole ones, whatever the number of steps", () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const limit of [-1, 1, 3, 4, 5, 9, 15, 17, 30]) {
      const gradient = grad(total(limit, 40), { argnums: [0, 1] });
      saving.most = before;
      const expected = gradient(w, h);
      saving.most = 100;
      const compiled = compile(gradient);
      for (const run of [gradient, compiled]) {
        run(w, h).forEach((slope, i) => {
          expectSameBits(slope, expected[i] as Tensor);
        });
      }
    }
    expect(warned).toHaveBeenCalledTimes(1);
    expect(String(warned.mock.calls[0])).toContain(
      "The gradient of a whileLoop of at most 40 steps would keep 1 MiB, so it computes steps anew",
    );
  });

  test("is differentiated twice, and in batches", () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const loss = (x: Tensor) => total(9, 40)(w, x);
    const twice = grad((x: Tensor) => grad(loss)(x).square().sum());
    const batch = uniform([4, 2, 3], { seed: 5 });
    const expected = [twice(h), vectorize(grad(loss))(batch)] as const;
    saving.most = 100;
    expect(allClose(twice(h), expected[0], { relative: 1e-5, absolute: 1e-7 })).toBe(true);
    expectSameBits(vectorize(grad(loss))(batch), expected[1]);
  });

  test("still refuses to go on after maxSteps, by their number", () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    saving.most = 100;
    // The loop takes 11 steps: as maxSteps, 11 suffices and 10 is an error.
    const steps = (maxSteps: number) => grad((x: Tensor) => forSteps(x, 11, maxSteps))(h);
    const forSteps = (x: Tensor, count: number, maxSteps: number) =>
      whileLoop(
        ({ n }: { n: Tensor; y: Tensor }) => n.less(count),
        ({ n, y }: { n: Tensor; y: Tensor }) => ({ n: n.add(1), y: y.sin() }),
        { n: tensor(0, { dtype: "int32" }), y: x },
        { maxSteps },
      ).y.sum();
    expect(steps(11).shape).toEqual(h.shape);
    for (const run of [steps, (maxSteps: number) => compile(() => steps(maxSteps))()]) {
      expect(() => run(10)).toThrow(
        "whileLoop: maxSteps: expected a condition that is false after at most 10 steps",
      );
    }
  });

  test("needs no memory for steps that it does not make", () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const text = compile(grad((x: Tensor) => total(9, 10 ** 8)(w, x)))
      .program(h)
      .describe();
    const [, bytes = ""] = /flops in ([\d,]+) bytes/.exec(text) ?? [];
    expect(Number(bytes.replaceAll(",", ""))).toBeLessThan(2 ** 22);
  });
});
