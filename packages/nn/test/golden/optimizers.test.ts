/**
 * Optimizers, schedules and clipping against PyTorch, and minima against SciPy, from the goldens that `optimizers.py` wrote.
 */

import { readFileSync } from "node:fs";
import * as gd from "@graddiff/core";
import { compile, loadState, type Tensor, tensor, Variable } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import * as nn from "../../src/index.ts";

type Matrix = number[][];

interface Golden {
  readonly starts: [Matrix, number[]];
  readonly gradients: [Matrix, number[]][];
  readonly optimizers: {
    readonly optimizer: string;
    readonly options: nn.OptimizerOptions;
    readonly values: Matrix;
  }[];
  readonly schedules: {
    readonly schedule: string;
    readonly arguments: [unknown, object];
    readonly rates: number[];
  }[];
  readonly scheduled: Matrix;
  readonly plateaus: {
    readonly options: nn.PlateauOptions;
    /** The values; a JSON null is NaN. */
    readonly metrics: (number | null)[];
    readonly rates: number[];
  }[];
  readonly clipped: {
    readonly function: "clipByValue" | "clipByGlobalNorm";
    readonly limit: number;
    readonly factor: number;
    readonly values: [Matrix, number[]];
  }[];
  readonly rosenbrock: {
    readonly start: number[];
    readonly place: number[];
    readonly loss: number;
  };
  readonly leastSquares: {
    readonly a: Matrix;
    readonly b: number[];
    readonly place: number[];
    readonly loss: number;
  };
}

const file = new URL("./optimizers.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
const TOLERANCE = 1e-10;

const float64 = (data: gd.TensorData) => tensor(data, { dtype: "float64" });
const gradients = golden.gradients.map((step) => step.map(float64) as [Tensor, Tensor]);

type Make = (model: Variable[]) => nn.Optimizer;

/** Returns a model with an optimizer, and a function that makes one step. */
function training(make: Make) {
  const model = golden.starts.map((start) => new Variable(float64(start)));
  const optimizer = make(model);
  const step = (first: Tensor, second: Tensor) => optimizer.step([first, second]);
  const values = () => model.flatMap(({ value }) => [...value.data()]);
  return { model, optimizer, step, compiled: compile(step), values };
}

function expectClose(got: readonly number[], expected: readonly number[], what: string): void {
  expect(got.length, what).toBe(expected.length);
  got.forEach((value, i) => {
    const wanted = expected[i] ?? Number.NaN;
    const error = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    expect(error, `${what}, place ${i}: ${value} for ${wanted}`).toBeLessThan(TOLERANCE);
  });
}

function expectSameModel(got: Variable[], expected: Variable[]): void {
  got.forEach(({ value }, i) => {
    expectSameBits(value, (expected[i] as Variable).value);
  });
}

/** Compares steps with a golden: eager steps, compiled steps, and steps that are saved and resumed in the middle. */
function check(make: Make, values: Matrix): void {
  const [eager, compiled, first, second] = [make, make, make, make].map(training) as [
    ReturnType<typeof training>,
    ReturnType<typeof training>,
    ReturnType<typeof training>,
    ReturnType<typeof training>,
  ];
  gradients.forEach((gradient, i) => {
    eager.step(...gradient);
    compiled.compiled(...gradient);
    expectClose(eager.values(), values[i] ?? [], `step ${i}`);
    expectSameModel(compiled.model, eager.model);
    if (i === 10) loadState(second, gd.state(first));
    (i < 10 ? first.step : second.compiled)(...gradient);
  });
  expectSameModel(second.model, eager.model);
}

describe("20 steps are PyTorch's, compiled and resumed to the same bits", () => {
  test.each(
    golden.optimizers.map((each) => [each.optimizer, JSON.stringify(each.options), each] as const),
  )("%s %s", (name, _options, { options, values }) => {
    const Class = nn[name as "SGD"];
    check((model) => new Class(model, options), values);
  });

  test("Adam with a schedule", () => {
    const learningRate = nn.exponentialDecay(0.1, { factor: 0.9 });
    check((model) => new nn.Adam(model, { learningRate }), golden.scheduled);
  });
});

describe("schedules are PyTorch's", () => {
  const make = ([rate, options]: readonly [unknown, object], name: string): nn.Schedule => {
    const given = Array.isArray(rate) ? make(rate.slice(1) as [unknown, object], rate[0]) : rate;
    return nn[name as "stepDecay"](given as number, options as { every: number });
  };
  test.each(
    golden.schedules.map((each) => [each.schedule, JSON.stringify(each.arguments), each] as const),
  )("%s %s", (name, _arguments, { arguments: given, rates }) => {
    const schedule = make(given, name);
    const compiled = compile((step: Tensor) => schedule(step));
    // Later steps are not compared, since PyTorch's cosine rises again after its end.
    const last = name === "cosineDecay" ? (given[1] as { steps: number }).steps : rates.length;
    rates.slice(0, last).forEach((rate, step) => {
      expectClose([schedule(step).item()], [rate], `step ${step}`);
      expect(compiled(step).item()).toBe(schedule(step).item());
    });
    const steps = gd.arange(0, last, { dtype: "int32" });
    expectClose([...schedule(steps).data()], rates.slice(0, last), "all steps");
  });

  test.each(golden.plateaus.map((each) => [JSON.stringify(each.options), each] as const))(
    "reduceOnPlateau %s",
    (_options, { options, metrics, rates }) => {
      const make = () => {
        const optimizer = new nn.SGD(new Variable(tensor(1)), { learningRate: 0.5 });
        const plateau = nn.reduceOnPlateau(optimizer, options);
        return { optimizer, plateau, compiled: compile((x: Tensor) => plateau.step(x)) };
      };
      const [eager, compiled, resumed] = [make(), make(), make()];
      metrics.forEach((metric, i) => {
        const value = metric ?? Number.NaN;
        if (i === 8) loadState(resumed, gd.state(eager));
        eager.plateau.step(value);
        compiled.compiled(value);
        if (i >= 8) resumed.plateau.step(value);
        expectClose([eager.optimizer.learningRate], [rates[i] ?? 0], `call ${i}`);
        expect(compiled.optimizer.learningRate).toBe(eager.optimizer.learningRate);
      });
      expect(resumed.optimizer.learningRate).toBe(eager.optimizer.learningRate);
    },
  );
});

test.each(golden.clipped.map((each) => [each.function, each.limit, each.factor, each] as const))(
  "%s to %f of gradients times %f is PyTorch's",
  (name, limit, factor, { values }) => {
    const given = (gradients[4] as Tensor[]).map((gradient) => gradient.mul(factor));
    const clipped = nn[name](given, limit);
    const compiled = compile((tree: Tensor[]) => nn[name](tree, limit))(given);
    clipped.forEach((gradient, i) => {
      expectClose([...gradient.data()], values[i]?.flat() ?? [], `gradient ${i}`);
      expectSameBits(compiled[i] as Tensor, gradient);
    });
  },
);

/** Returns Σ 100 (x₍ᵢ₊₁₎ − xᵢ²)² + (1 − xᵢ)². */
function rosenbrock(x: Tensor): Tensor {
  const [head, tail] = [x.slice([0], [-1]), x.slice([1], [x.size])];
  return tail.sub(head.square()).square().mul(100).add(head.neg().add(1).square()).sum();
}

describe("L-BFGS finds SciPy's minimum to 1e-10", () => {
  const { a, b } = golden.leastSquares;
  const problems = {
    Rosenbrock: { loss: rosenbrock, start: golden.rosenbrock.start, minimum: golden.rosenbrock },
    "least squares": {
      loss: (x: Tensor) => float64(a).matmul(x).sub(float64(b)).square().sum(),
      start: [0, 0, 0, 0, 0],
      minimum: golden.leastSquares,
    },
  };
  const make = (start: number[], options: nn.LBFGSOptions = {}) => {
    const model = [new Variable(float64(start.slice(0, 1))), new Variable(float64(start.slice(1)))];
    const optimizer = new nn.LBFGS(model, { tolerance: 1e-10, ...options });
    const x = () => gd.concat(model.map(({ value }) => value));
    return { model, optimizer, x };
  };

  test.each(Object.entries(problems))("of %s", (_name, { loss, start, minimum }) => {
    const { optimizer, x } = make(start);
    const found = optimizer.minimize(() => loss(x()));
    expect(found.converged).toBe(true);
    expect(found.steps).toBeLessThan(60);
    expect(found.loss).toBe(found.result.item());
    expectClose([...x().data()], minimum.place, "place");
    expectClose([found.loss], [minimum.loss], "loss");
  });

  test.each(Object.entries(problems))(
    "of %s, in parts of three steps to the same bits",
    (_name, { loss, start }) => {
      const whole = make(start);
      const { steps } = whole.optimizer.minimize(() => loss(whole.x()));
      let part = make(start, { maxSteps: 3 });
      let done = 0;
      for (let i = 0; i < 40; i++) {
        const next = make(start, { maxSteps: 3 });
        loadState(next, gd.state(part));
        part = next;
        const compiled = compile(() => loss(part.x()));
        const found = part.optimizer.minimize(() => compiled());
        done += found.steps;
        if (found.converged) break;
      }
      expect(done).toBe(steps);
      expectSameBits(part.x(), whole.x());
    },
  );
});
