/**
 * L-BFGS beyond its goldens: rounding, frozen Variables, functions that throw, and wrong arguments.
 */

import {
  compile,
  grad,
  loadState,
  state,
  type Tensor,
  tensor,
  treeLeaves,
  uniform,
  Variable,
  vectorize,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { errorOf, messageOf, mine, weight, wrong } from "../../../core/test/misuse/support.ts";
import { sampled, sampleTests } from "../../../core/test/support/sampling.ts";
import {
  Dense,
  fit,
  LBFGS,
  type LBFGSOptions,
  meanSquaredError,
  Optimizer,
  r2,
  trainingStep,
} from "../../src/index.ts";
import { beginSearch, judge } from "../../src/optimizers/lineSearch.ts";

sampleTests(3);

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
    // A second minimisation starts at the minimum, so it makes no step.
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
    // The gradient is e^w minus 1.7, which hardly any float32 w makes exactly 0.
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

  test("is no part of a derivative of what is around it", () => {
    const w = float64([5]);
    const optimizer = new LBFGS(w);
    const f = (x: Tensor) => {
      const { loss, result } = optimizer.minimize(() => w.value.sub(x).square().sum());
      expect([loss < 1e-12, result.item() < 1e-12]).toEqual([true, true]);
      return x.mul(w.value).sum();
    };
    expect(grad(f)(tensor(2, { dtype: "float64" })).item()).toBeCloseTo(2, 6);
    expect(w.value.item()).toBeCloseTo(2, 6);
    const bad = new LBFGS(w);
    const logarithm = (x: Tensor) => {
      bad.minimize(() => w.value.mul(x).log().sum());
      return x;
    };
    expect(messageOf(() => grad(logarithm)(tensor(-1, { dtype: "float64" })))).toContain(
      "expected a finite number at the first point, got NaN",
    );
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

  test("keeps steps and memory of before where the function throws, and goes on from there", () => {
    const w = float64(start);
    const optimizer = new LBFGS(w);
    let calls = 0;
    const run = () =>
      optimizer.minimize(() => {
        if (++calls === 9) throw mine;
        return bowl(w.value);
      });
    expect(errorOf(run)).toBe(mine);
    // The expected state is the one after the most steps for which eight evaluations suffice.
    const runs = Array.from({ length: 8 }, (_, maxSteps) => {
      const own = float64(start);
      const other = new LBFGS(own, { maxSteps });
      const { evaluations } = other.minimize(() => bowl(own.value));
      return { own, other, evaluations };
    });
    const last = runs.findLast(({ evaluations }) => evaluations <= 8);
    expect(last?.evaluations).toBeGreaterThan(5);
    expect(bitsOf(w)).toEqual(bitsOf(last?.own));
    expect(bitsOf(state(optimizer))).toEqual(bitsOf(state(last?.other ?? {})));
    expect(optimizer.minimize(() => bowl(w.value)).converged).toBe(true);
  });
});

/** Returns Σ 100 (x₍ᵢ₊₁₎ − xᵢ²)² + (1 − xᵢ)². */
function rosenbrock(x: Tensor): Tensor {
  const [head, tail] = [x.slice([0], [-1]), x.slice([1], [x.size])];
  return tail.sub(head.square()).square().mul(100).add(head.sub(1).square()).sum();
}

const matrix = uniform([8, 8], { seed: 3, dtype: "float64" });

/** Losses whose minimum is 0, or so large that differences near it are below the rounding of the loss. */
const losses: Readonly<Record<string, readonly [loss: (x: Tensor) => Tensor, start: number[]]>> = {
  Rosenbrock: [rosenbrock, [-1.2, 1, -1.2, 1, -1.2, 1]],
  "Rosenbrock and 100": [(x) => rosenbrock(x).add(100), [-1.2, 1]],
  "a bowl": [bowl, start],
  "a bowl and 100": [(x) => bowl(x).add(100), start],
  "a quadratic": [
    (x) => matrix.transpose().matmul(x).square().sum().add(x.square().sum().mul(0.01)).sub(x.sum()),
    Array(8).fill(0),
  ],
  "a quadratic and 10,000": [
    (x) => matrix.matmul(x).square().sum().add(x.square().sum().mul(0.01)).sub(x.sum()).add(1e4),
    Array(8).fill(0),
  ],
  "exponential functions": [(x) => x.exp().sub(x.mul(1.7)).mul(scale).sum(), start],
};

describe("near a minimum", () => {
  test.each(sampled(Object.entries(losses), 3))(
    "of %s a line search takes few evaluations, and gradients come to 1e-10",
    (_name, [loss, start]) => {
      const w = float64(start);
      const optimizer = new LBFGS(w, { tolerance: 1e-10, maxSteps: 1 });
      const fn = compile(() => loss(w.value));
      const evaluations: number[] = [];
      for (let i = 0; i < 100; i++) {
        const found = optimizer.minimize(fn);
        evaluations.push(found.evaluations - 1);
        if (found.converged) break;
        expect(found.steps).toBe(1);
      }
      expect(grad(loss)(w.value).abs().max().item()).toBeLessThanOrEqual(1e-10);
      expect(Math.max(...evaluations)).toBeLessThanOrEqual(5);
      expect(Math.max(...evaluations.slice(-4))).toBeLessThanOrEqual(2);
    },
  );

  test.each(sampled(Object.entries(losses), 3))(
    "of %s it ends after few evaluations where rounding allows no more",
    (_name, [loss, start]) => {
      const w = float64(start);
      const fn = compile(() => loss(w.value));
      new LBFGS(w, { tolerance: 1e-10 }).minimize(fn);
      const optimizer = new LBFGS(w, { tolerance: 0, maxSteps: 1 });
      let last = { evaluations: 0, steps: 1, converged: false };
      for (let i = 0; i < 1000 && last.steps === 1 && !last.converged; i++) {
        last = optimizer.minimize(fn);
        expect(last.evaluations).toBeLessThanOrEqual(12);
      }
      expect(last.steps === 0 || last.converged).toBe(true);
    },
  );
});

describe("minimizeRecorded", () => {
  const cases: Readonly<Record<string, readonly [LBFGSOptions, "float64" | "float32"]>> = {
    "by default": [{}, "float64"],
    "in float32": [{}, "float32"],
    "of few steps": [{ maxSteps: 7 }, "float64"],
    "of no steps": [{ maxSteps: 0 }, "float64"],
    "with a history of two steps": [{ history: 2, tolerance: 1e-9 }, "float64"],
    "without a line search": [{ lineSearch: "none", learningRate: 0.2 }, "float64"],
    "with a first length far too great": [{ learningRate: 1e6 }, "float64"],
    "with a first length far too small": [{ learningRate: 1e-6 }, "float64"],
    "as far as rounding allows": [{ tolerance: 0 }, "float32"],
  };

  test.each(sampled(Object.entries(cases), 3))(
    "inside of compile, outside and minimize have the same bits, %s",
    (_name, [options, dtype]) => {
      const make = () => {
        const w = new Variable(tensor([-1.2, 1], { dtype }));
        const frozen = new Variable(tensor(3, { dtype }), { trainable: false });
        const b = new Variable(tensor([[0.5], [2]], { dtype }));
        const model = { w, frozen, b };
        const optimizer = new LBFGS(model, options);
        const loss = () => {
          const product = b.value.sub(frozen.value).square().sum().mul(0.5);
          return {
            loss: rosenbrock(w.value).add(product),
            largest: w.value.max(),
            model: [b.value],
          };
        };
        return { model, optimizer, loss };
      };
      const [plain, compiled, inside, loop] = [make(), make(), make(), make()];
      const expected = plain.optimizer.minimize(plain.loss);
      const fromCompiled = compiled.optimizer.minimize(compile(compiled.loss));
      const run = compile(() => inside.optimizer.minimizeRecorded(inside.loss));
      const numbers = (found: ReturnType<typeof run>) => ({
        result: found.result,
        loss: found.loss.item(),
        steps: found.steps.item(),
        evaluations: found.evaluations.item(),
        converged: found.converged.item() === 1,
      });
      const others = [
        fromCompiled,
        numbers(run()),
        numbers(loop.optimizer.minimizeRecorded(loop.loss)),
      ];
      for (const found of others) {
        expect(bitsOf(found.result)).toEqual(bitsOf(expected.result));
        expect({ ...found, result: 0 }).toEqual({ ...expected, result: 0 });
      }
      for (const { model, optimizer } of [compiled, inside, loop]) {
        expect(bitsOf(state({ model, optimizer }))).toEqual(bitsOf(state({ ...plain, loss: {} })));
      }
      expect(plain.model.frozen.value.item()).toBe(3);
    },
  );

  test("two calls of ten steps end with the bits of one of twenty", () => {
    const [w, whole] = [float64([-1.2, 1]), float64([-1.2, 1])];
    const parts = new LBFGS(w, { maxSteps: 10 });
    const run = compile(() => parts.minimizeRecorded(() => rosenbrock(w.value)).steps);
    expect([run().item(), run().item()]).toEqual([10, 10]);
    expect(new LBFGS(whole, { maxSteps: 20 }).minimize(() => rosenbrock(whole.value)).steps).toBe(
      20,
    );
    expect(bitsOf(w)).toEqual(bitsOf(whole));
  });

  test("refuses a first loss that is not finite when the program runs, and changes nothing", () => {
    const w = float64([-1]);
    const optimizer = new LBFGS(w);
    const run = compile((shift: Tensor) =>
      optimizer.minimizeRecorded(() => w.value.add(shift).log().square().sum()),
    );
    for (const given of [0, Number.POSITIVE_INFINITY]) {
      expect(messageOf(() => run(given))).toBe(
        `LBFGS.minimizeRecorded: loss: expected a finite number at the first point, got ${given === 0 ? "NaN" : "Infinity"}.`,
      );
    }
    expect(w.value.toArray()).toEqual([-1]);
    expect(run(3).converged.item()).toBe(1);
    expect(w.value.item()).toBeCloseTo(-2, 7);
  });

  test("follows the learning rate without compiling again", () => {
    const w = float64(start);
    const optimizer = new LBFGS(w, { lineSearch: "none", maxSteps: 1, learningRate: 0 });
    const run = compile(() => optimizer.minimizeRecorded(() => bowl(w.value)).steps);
    run();
    expect(w.value.toArray()).toEqual(start);
    optimizer.learningRate = 0.5;
    run();
    expect(w.value.toArray()).not.toEqual(start);
  });

  test("follows what is trained", () => {
    const [first, second] = [float64([5]), float64([3])];
    const optimizer = new LBFGS([first, second]);
    const run = compile(() =>
      optimizer.minimizeRecorded(() => first.value.square().add(second.value.square()).sum()),
    );
    first.trainable = false;
    expect(run().converged.item()).toBe(1);
    expect([first.value.item(), Math.abs(second.value.item()) < 1e-7]).toEqual([5, true]);
    first.trainable = true;
    expect(run().converged.item()).toBe(1);
    expect(Math.abs(first.value.item())).toBeLessThan(1e-7);
  });

  test("says what it cannot do", () => {
    const w = float64(start);
    const optimizer = new LBFGS(w);
    const scaled = (x: Tensor) =>
      optimizer.minimizeRecorded(() => w.value.sub(x).square().sum()).loss;
    expect(messageOf(() => vectorize(scaled)(tensor([1, 2])))).toContain("Variable.assign");
    expect(messageOf(() => compile(grad(scaled))(tensor(1)))).toContain("whileLoop: maxSteps");
    expect(messageOf(() => compile(() => optimizer.minimizeRecorded(() => tensor(1)))())).toContain(
      "LBFGS.minimizeRecorded: result: expected a loss that is computed from a trained Variable",
    );
    expect(w.value.toArray()).toEqual(start);
  });
});

describe("training", () => {
  const x = uniform([20, 3], { seed: 1, dtype: "float64" });
  const y = x.matmul(tensor([[1], [-2], [3]], { dtype: "float64" })).add(0.5);
  const loss = (own: Dense, batch: { x: Tensor; y: Tensor }) => {
    const predicted = own.forward(batch.x);
    return { loss: meanSquaredError(predicted, batch.y), predicted, expected: batch.y };
  };
  const make = () => {
    const model = new Dense(3, 1, { seed: 1, dtype: "float64" });
    return { model, optimizer: new LBFGS(model, { tolerance: 1e-9, maxSteps: 5 }) };
  };

  test("by trainingStep takes a search a step", () => {
    const { model, optimizer } = make();
    const plain = make();
    const step = trainingStep(model, loss, optimizer);
    for (let i = 0; i < 4; i++) {
      const found = plain.optimizer.minimize(() => loss(plain.model, { x, y }));
      expect(bitsOf(step({ x, y }))).toEqual(bitsOf(found.result));
    }
    expect(step({ x, y }).loss.item()).toBeLessThan(1e-16);
    expect(bitsOf(state(model))).toEqual(bitsOf(state(plain.model)));
  });

  test("by fit takes a search a batch, and leaves a loss that is not finite", async () => {
    const { model, optimizer } = make();
    const metrics = { r2 };
    const run = fit(model, { data: [{ x, y }], loss, optimizer, epochs: 4, metrics });
    const history = await run.run();
    expect(history.length).toBe(4);
    expect(history.rows[3]?.training.loss).toBeLessThan(1e-12);
    expect(history.rows[3]?.training["r2"]).toBeCloseTo(1, 12);
    const bad = make();
    const before = bitsOf(state(bad));
    const data = [{ x: x.div(0), y }];
    await expect(
      fit(bad.model, { data, loss, optimizer: bad.optimizer, epochs: 1 }).run(),
    ).rejects.toThrow("fit: loss: expected a finite number, got NaN at step 0 of epoch 0");
    expect(bitsOf(state(bad))).toEqual(before);
  });
});

describe("mistakes", () => {
  test("inside of compile and vectorize say what to do", () => {
    const w = weight();
    const optimizer = new LBFGS(w);
    const message =
      "LBFGS.minimize: expected a call outside of compile and vectorize, since it returns numbers that are read from the loss, got one inside. Call minimizeRecorded, which returns Tensors, or compile the function that computes the loss.";
    const run = compile(() => optimizer.minimize(() => w.value.sum()).result);
    expect(messageOf(() => run())).toBe(message);
    expect(w.value.toArray()).toEqual([1, 2]);
    expect(
      messageOf(() =>
        vectorize((x: Tensor) => optimizer.minimize(() => w.value.mul(x).sum()).result)(
          tensor([1, 2]),
        ),
      ),
    ).toBe(message);
  });

  test("in arguments are named", () => {
    const optimizer = new LBFGS(weight());
    expect(messageOf(() => optimizer.step([tensor([1, 1])]))).toBe(
      "LBFGS.step: expected a function that computes the loss, at several points in a step, got a call with gradients of one point. Call optimizer.minimize(() => loss).",
    );
    expect(messageOf(() => optimizer.minimize(wrong(() => 3)))).toContain(
      "LBFGS.minimize: result: expected the loss",
    );
    expect(messageOf(() => optimizer.minimize(() => tensor(1)))).toContain("depends on none");
    const bad = float64([-1]);
    expect(messageOf(() => new LBFGS(bad).minimize(() => bad.value.log().sum()))).toBe(
      "LBFGS.minimize: loss: expected a finite number at the first point, got NaN.",
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
      "LBFGS: variables: expected at least one trained Variable",
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
    "shape [2, 4] for optimizer.memory.steps",
  );
});

test("a line search ends in the strong Wolfe conditions", () => {
  // The functions are hard for line searches (Moré and Thuente, ACM Trans. Math. Softw. 20, 1994, section 5).
  const functions: Readonly<Record<string, (a: number) => [loss: number, slope: number]>> = {
    "5.1": (a) => [-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2],
    "5.2": (a) => [
      (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
      5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
    ],
    quadratic: (a) => [(a - 3) ** 2, 2 * (a - 3)],
    wave: (a) => [Math.cos(a) - 0.1 * a, -Math.sin(a) - 0.1],
  };
  const scalar = (value: number) => tensor(value, { dtype: "float64" });
  const next = compile(judge);
  for (const [name, fn] of Object.entries(functions)) {
    for (const first of [1e-3, 0.1, 1, 10, 1000]) {
      const [loss, slope] = fn(0);
      const start = { loss: scalar(loss), slope: scalar(slope) };
      let search = beginSearch(start.loss, start.slope, scalar(first));
      const what = `${name} from ${first}`;
      for (;;) {
        const length = search.length.item();
        const [loss, slope] = fn(length);
        const trial = { length: scalar(length), loss: scalar(loss), slope: scalar(slope) };
        const verdict = next(search, start, scalar(0), trial);
        expect(verdict.ends.item(), what).toBe(0);
        search = verdict.next;
        if (verdict.accepts.item() === 0) {
          const { low, high, zooms } = search;
          const grown = search.length.item();
          const [one, other] = [low.length.item(), high.length.item()];
          const bounds = [2 * length, 10 * length];
          const [least = 0, most = 0] = zooms.item() ? [one, other].sort((a, b) => a - b) : bounds;
          expect(grown, what).toBeGreaterThanOrEqual(least);
          expect(grown, what).toBeLessThanOrEqual(most);
          continue;
        }
        expect(loss, what).toBeLessThanOrEqual(
          start.loss.item() + 1e-4 * length * start.slope.item(),
        );
        expect(Math.abs(slope), what).toBeLessThanOrEqual(0.9 * Math.abs(start.slope.item()));
        break;
      }
      expect(search.trials.item(), what).toBeLessThanOrEqual(25);
    }
  }
});

/** Returns the bits of all tensors in a tree, with their dtypes. */
function bitsOf(tree: unknown): unknown {
  return treeLeaves(tree).map((leaf) => {
    const data = leaf.data();
    return [leaf.dtype, [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]];
  });
}
