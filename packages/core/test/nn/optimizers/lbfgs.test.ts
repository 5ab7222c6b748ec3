/**
 * L-BFGS beside what its goldens show: rounding, frozen Variables, functions that throw, and mistakes.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  loadState,
  state,
  type Tensor,
  tensor,
  Variable,
  vectorize,
} from "../../../src/index.ts";
import { strongWolfe, type Trial } from "../../../src/nn/optimizers/lineSearch.ts";
import { LBFGS, type LBFGSOptions, Optimizer } from "../../../src/nn.ts";
import { errorOf, messageOf, mine, weight, wrong } from "../../misuse/support.ts";

const float64 = (data: number[]) => new Variable(tensor(data, { dtype: "float64" }));
const scale = tensor([1, 10, 100, 1000], { dtype: "float64" });
const bowl = (x: Tensor) => x.sub(1).square().mul(scale).sum();
const start = [5, -3, 2, 0.5];

describe("minimize", () => {
  test("returns what the function returned at the minimum, and how it went", () => {
    const w = float64(start);
    const found = new LBFGS({ w }).minimize(() => ({
      loss: bowl(w.value),
      largest: w.value.max(),
    }));
    expect(found.converged).toBe(true);
    expect(found.loss).toBe(found.result.loss.item());
    expect(found.result.largest.item()).toBe(w.value.max().item());
    expect(found.evaluations).toBeGreaterThan(found.steps);
    w.value.data().forEach((value) => {
      expect(value).toBeCloseTo(1, 7);
    });
    // At the minimum there is nothing to do.
    const again = new LBFGS(w).minimize(() => bowl(w.value));
    expect([again.steps, again.evaluations, again.converged]).toEqual([0, 1, true]);
  });

  test.each([
    ["without a line search", { lineSearch: "none", learningRate: 0.5, maxSteps: 300 }],
    ["with a history of one step", { history: 1, maxSteps: 500 }],
    ["with a first length far too great", { learningRate: 1e6 }],
    ["with a first length far too small", { learningRate: 1e-6 }],
  ] as [string, LBFGSOptions][])("converges %s", (_name, options) => {
    const w = float64(start);
    const { converged } = new LBFGS(w, options).minimize(() => bowl(w.value));
    expect(converged).toBe(true);
    expect(w.value.sub(1).abs().max().item()).toBeLessThan(1e-7);
  });

  test("ends where the rounding of float32 allows no more", () => {
    const w = new Variable(tensor(start));
    const small = scale.cast("float32");
    const optimizer = new LBFGS(w, { tolerance: 0, maxSteps: 1000 });
    // The gradient is e^w less a number that e^w is hardly anywhere.
    const loss = () => w.value.exp().sub(w.value.mul(1.7)).mul(small).sum();
    expect(optimizer.minimize(loss).steps).toBeLessThan(100);
    expect(w.value.sub(Math.log(1.7)).abs().max().item()).toBeLessThan(1e-3);
    expect(w.dtype).toBe("float32");
  });

  test("passes by where the loss is NaN or infinite", () => {
    const w = float64([4]);
    const { converged } = new LBFGS(w, { learningRate: 100 }).minimize(() =>
      w.value.sub(w.value.log()).sum(),
    );
    expect(converged).toBe(true);
    expect(w.value.item()).toBeCloseTo(1, 7);
    const open = float64([1]);
    const unbounded = new LBFGS(open).minimize(() => open.value.sum());
    expect(unbounded.converged).toBe(false);
  });

  test("moves what is trained alone, and goes on when that changes", () => {
    const [first, second] = [float64([5, -3]), float64([2, 0.5])];
    const optimizer = new LBFGS([first, second], { maxSteps: 5 });
    const joined = () =>
      first.value.sub(1).square().sum().add(second.value.sub(1).square().mul(100).sum());
    second.trainable = false;
    expect(optimizer.minimize(joined).converged).toBe(true);
    expect(second.value.toArray()).toEqual([2, 0.5]);
    expect(first.value.sub(1).abs().max().item()).toBeLessThan(1e-7);
    second.trainable = true;
    first.trainable = false;
    const kept = first.value.toArray();
    expect(optimizer.minimize(joined).converged).toBe(true);
    expect(first.value.toArray()).toEqual(kept);
    expect(second.value.sub(1).abs().max().item()).toBeLessThan(1e-7);
  });

  test("leaves the Variables as after the last step where the function throws", () => {
    const w = float64(start);
    const optimizer = new LBFGS(w, { learningRate: 1e6 });
    let calls = 0;
    const run = () =>
      optimizer.minimize(() => {
        if (++calls === 2) throw mine;
        return bowl(w.value);
      });
    expect(errorOf(run)).toBe(mine);
    expect(w.value.toArray()).toEqual(start);
  });
});

describe("mistakes", () => {
  test("inside of compile and vectorize say what to do", () => {
    const w = weight();
    const optimizer = new LBFGS(w);
    const message =
      "LBFGS.minimize: expected a call outside of compile and vectorize, since it reads the loss to decide how to go on, got one inside. Compile the function that computes the loss.";
    const run = compile(() => optimizer.minimize(() => w.value.sum()).result);
    expect(messageOf(() => run())).toBe(message);
    expect(w.value.toArray()).toEqual([1, 2]);
    expect(
      messageOf(() =>
        vectorize((x: Tensor) => optimizer.minimize(() => w.value.mul(x).sum()).result)(
          tensor([1, 2]),
        ),
      ),
    ).toMatch(/^(LBFGS.minimize|item)/);
  });

  test("in arguments are named", () => {
    const optimizer = new LBFGS(weight());
    expect(messageOf(() => optimizer.step([tensor([1, 1])]))).toBe(
      "LBFGS.step: expected a function that computes the loss, at several places in a step, got a call with gradients of one place. Call optimizer.minimize(() => loss).",
    );
    expect(messageOf(() => optimizer.minimize(wrong(() => 3)))).toContain(
      "LBFGS.minimize: result: expected the loss",
    );
    expect(messageOf(() => optimizer.minimize(() => tensor(1)))).toContain("depends on none");
    const bad = float64([-1]);
    expect(messageOf(() => new LBFGS(bad).minimize(() => bad.value.log().sum()))).toBe(
      "LBFGS.minimize: loss: expected a finite number at the first place, got NaN.",
    );
    expect(messageOf(() => new LBFGS(weight(), { history: 0 }))).toBe(
      "LBFGS: history: expected a positive integer, got 0.",
    );
    expect(messageOf(() => new LBFGS(weight(), wrong({ learningRate: () => 1 })))).toContain(
      "LBFGS: learningRate: expected a finite number from 0, got",
    );
    expect(messageOf(() => new LBFGS(weight(), wrong({ lineSearch: "wolfe" })))).toBe(
      'LBFGS: lineSearch: expected "strongWolfe" or "none", got "wolfe".',
    );
    expect(messageOf(() => new LBFGS([]))).toContain(
      "LBFGS: variables: expected at least one Variable",
    );
  });
});

test("its state is its memory, and does not fit another history", () => {
  const w = float64(start);
  const optimizer = new LBFGS(w, { history: 2 });
  expect(optimizer).toBeInstanceOf(Optimizer);
  const saved = state({ w, optimizer });
  expect(Object.keys(saved)).toEqual(["w", "optimizer"]);
  expect(Object.keys(saved["optimizer"] as object)).toEqual(["learningRate", "memory"]);
  expect(Object.keys((saved["optimizer"] as { memory: object }).memory)).toEqual([
    "steps",
    "changes",
    "count",
  ]);
  expect(messageOf(() => loadState({ w, optimizer: new LBFGS(w) }, saved))).toContain(
    "memory.steps.2",
  );
});

test("a line search ends in the strong Wolfe conditions", () => {
  // Functions that are hard for line searches: Moré and Thuente, ACM Trans. Math. Softw. 20, 1994, section 5.
  const functions: Readonly<Record<string, (a: number) => [loss: number, slope: number]>> = {
    "5.1": (a) => [-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2],
    "5.2": (a) => [
      (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
      5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
    ],
    quadratic: (a) => [(a - 3) ** 2, 2 * (a - 3)],
    wave: (a) => [Math.cos(a) - 0.1 * a, -Math.sin(a) - 0.1],
  };
  for (const [name, fn] of Object.entries(functions)) {
    for (const length of [1e-3, 0.1, 1, 10, 1000]) {
      const evaluate = (at: number): Trial => {
        const [loss, slope] = fn(at);
        return { length: at, loss, slope };
      };
      const start = evaluate(0);
      const found = strongWolfe({ start, length, rounding: 0 }, evaluate) as Trial;
      const what = `${name} from ${length}`;
      expect(found.loss, what).toBeLessThanOrEqual(start.loss + 1e-4 * found.length * start.slope);
      expect(Math.abs(found.slope), what).toBeLessThanOrEqual(0.9 * Math.abs(start.slope));
    }
  }
});
