/**
 * Optimizers in typical use: minimize, Variables that are frozen for a time, schedules inside of compiled steps, and
 * errors.
 */

import * as gd from "@graddiff/core";
import {
  compile,
  loadState,
  state,
  type Tensor,
  tensor,
  uniform,
  Variable,
  variables,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { errorOf, messageOf, weight, wrong } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import * as nn from "../../src/index.ts";
import { Dense, meanSquaredError, Optimizer, type OptimizerOptions, SGD } from "../../src/index.ts";
import { OPTIMIZERS, type OptimizerRow } from "../table/optimizers.ts";

const all = Object.entries(OPTIMIZERS);

const x = uniform([8, 3], { seed: 1 });
const y = uniform([8, 2], { seed: 2 });

function training(make: OptimizerRow, learningRate?: OptimizerOptions["learningRate"]) {
  const model = new Dense(3, 2, { seed: 3 });
  const optimizer = make(model, learningRate);
  const step = () => optimizer.minimize(() => meanSquaredError(model.forward(x), y));
  return { model, optimizer, step, compiled: compile(step) };
}

describe("minimize", () => {
  test.each(all)("of %s lowers the loss in float32, compiled to the same bits", (_name, make) => {
    const [eager, compiled] = [training(make), training(make)];
    const first = eager.step();
    expectSameBits(compiled.compiled(), first);
    let last = first;
    for (let i = 0; i < 30; i++) {
      last = eager.step();
      expectSameBits(compiled.compiled(), last);
    }
    expect(last.item()).toBeLessThan(first.item());
    expect(last.dtype).toBe("float32");
  });

  test("returns what the function returned, as values", () => {
    const { model, optimizer } = training(OPTIMIZERS["SGD"] as OptimizerRow);
    const withMetrics = () => {
      const prediction = model.forward(x);
      const loss = meanSquaredError(prediction, y);
      return { loss, metrics: [prediction.sub(y).abs().max()], name: "first" };
    };
    const before = withMetrics();
    const found = optimizer.minimize(withMetrics);
    expectSameBits(found.loss, before.loss);
    expectSameBits(found.metrics[0] as Tensor, before.metrics[0] as Tensor);
    expect(found.name).toBe("first");
    const compiled = compile(() => optimizer.minimize(withMetrics));
    expect(compiled().loss.item()).toBeLessThan(found.loss.item());
  });

  test("is valueAndGrad and a step", () => {
    const [one, two] = [weight(), weight()];
    new SGD(one, { learningRate: 0.1 }).minimize(() => one.value.square().sum());
    const loss = gd.valueAndGrad(() => two.value.square().sum(), { variables: [two] });
    new SGD(two, { learningRate: 0.1 }).step(loss().gradient);
    expectSameBits(one.value, two.value);
  });

  test("says what is wrong with a loss, and changes nothing", () => {
    const w = weight();
    const optimizer = new nn.Adam(w, { learningRate: 1 });
    const wrongs: readonly (readonly [unknown, string])[] = [
      [() => w.value, "result: expected a scalar, got [2]. Reduce it with mean() or sum()."],
      [
        () => ({ loss: w.value.square() }),
        "loss: expected a scalar, got [2]. Reduce it with mean() or sum().",
      ],
      [
        () => w.value.sum().item(),
        "result: expected the loss, a scalar Tensor, or an object with it as loss, got 3. A plain number carries no gradient: leave item() out.",
      ],
      [
        () => Promise.resolve(w.value.sum()),
        "result: expected the loss, a scalar Tensor, or an object with it as loss, got a Promise. The function is synchronous: await outside.",
      ],
      [
        () => undefined,
        "result: expected the loss, a scalar Tensor, or an object with it as loss, got undefined. Return it from the function.",
      ],
      [
        () => ({ lost: w.value.sum() }),
        "result: expected the loss, a scalar Tensor, or an object with it as loss, got an object. Return it from the function.",
      ],
      [
        () => tensor(w.shape[0] ?? 0),
        "result: expected a loss that is computed from a trained Variable of the optimizer, got one that depends on none. Compute it inside the function, from .value of what the optimizer was given, without item().",
      ],
      [3, "fn: expected a function, got 3."],
    ];
    for (const [fn, message] of wrongs) {
      expect(messageOf(() => optimizer.minimize(wrong(fn)))).toBe(`Adam.minimize: ${message}`);
      if (typeof fn !== "function") continue;
      const compiled = compile(() => optimizer.minimize(wrong(fn)));
      if (!String(fn).includes("item")) expect(messageOf(() => compiled())).toContain(message);
    }
    expect(messageOf(() => optimizer.minimize(wrong(async () => w.value.sum())))).toContain(
      "fn: expected a function that is called without new",
    );
    expect(
      messageOf(() => Reflect.apply(optimizer.minimize, optimizer, [() => w.value.sum(), 1])),
    ).toBe("Adam.minimize: expected at most 1 argument, got 2, the last of them 1.");
    w.trainable = false;
    expect(messageOf(() => optimizer.minimize(() => w.value.sum()))).toBe(
      "Adam.minimize: variables: expected at least one that is trained, got none. Call unfreeze(model).",
    );
    expect(w.value.toArray()).toEqual([1, 2]);
  });
});

describe("a frozen Variable", () => {
  test.each(all)("does not move by %s, and moves again", (_name, make) => {
    for (const when of ["eagerly", "compiled", "compiled before"]) {
      const { model, optimizer, step, compiled } = training(make);
      const run = when === "eagerly" ? step : compiled;
      if (when === "compiled before") run();
      model.weight.trainable = false;
      expect(optimizer.variables).toEqual([model.bias]);
      const bias = model.bias as Variable;
      const [frozen, free] = [model.weight.value, bias.value];
      for (let i = 0; i < 3; i++) run();
      expectSameBits(model.weight.value, frozen);
      expect(bias.value.sub(free).abs().min().item()).toBeGreaterThan(0);
      model.weight.trainable = true;
      run();
      expect(model.weight.value.sub(frozen).abs().max().item()).toBeGreaterThan(0);
    }
  });
});

describe("a schedule", () => {
  const schedule = nn.linearWarmup(nn.cosineDecay(0.05, { steps: 10 }), { steps: 4 });

  test.each(all)("sets the rate of %s in compiled steps without compiling again", (_name, make) => {
    const [eager, counted] = [training(make, schedule), training(make, schedule)];
    let recordings = 0;
    const step = compile(() => {
      recordings++;
      return counted.step();
    });
    for (let i = 0; i < 16; i++) {
      expect(eager.optimizer.learningRate).toBe(schedule(i).item());
      expectSameBits(step(), eager.step());
    }
    expectSameBits(counted.model.weight.value, eager.model.weight.value);
    expect(recordings).toBe(1);
    // The learning rate is 0 from now on.
    const last = eager.model.weight.value;
    eager.step();
    expectSameBits(eager.model.weight.value, last);
  });

  test("of one's own is a function of ops, of any float dtype", () => {
    const schedules = [
      (step: Tensor) => step.add(1).reciprocal(),
      (step: Tensor) => step.cast("float32").add(1).reciprocal(),
      (step: Tensor) => tensor(1, { dtype: "float64" }).div(step.add(1)),
    ];
    for (const learningRate of schedules) {
      for (const dtype of ["float32", "float64"] as const) {
        const w = new Variable(tensor([1, 2], { dtype }));
        const optimizer = new SGD(w, { learningRate });
        for (const step of [
          (g: Tensor) => optimizer.step(g),
          compile((g: Tensor) => optimizer.step(g)),
        ]) {
          step(tensor([1, 1], { dtype }));
        }
        expect(w.value.toArray()).toEqual([-0.5, 0.5]);
      }
    }
    const fixed = new SGD(weight(), { learningRate: () => 0.5 });
    expect(fixed.learningRate).toBe(0.5);
  });

  test("gives the rate, so that nobody can set it", () => {
    const optimizer = new SGD(weight(), { learningRate: schedule });
    const set = () => {
      optimizer.learningRate = 0.1;
    };
    expect(messageOf(set)).toBe(
      "SGD: learningRate: expected no assignment, since a schedule gives it, got 0.1. Make the optimizer with a number to set its rate by hand.",
    );
    expect(Object.keys(state(optimizer))).toEqual(["count"]);
    expect(
      messageOf(() => loadState(optimizer, state(new SGD(weight(), { learningRate: 1 })))),
    ).toContain("count");
  });

  test("returns a scalar at once", () => {
    const make = (learningRate: unknown) =>
      new SGD(weight(), { learningRate: wrong(learningRate) });
    expect(messageOf(() => make(() => tensor([1, 2])).learningRate)).toBe(
      "SGD: learningRate: expected a scalar of floats from the schedule, got a float32 Tensor of shape [2].",
    );
    expect(messageOf(() => make(() => "1").step(tensor([1, 1])))).toContain(
      'SGD: learningRate: expected a Tensor or a number, got "1".',
    );
    expect(messageOf(() => make(async () => 1))).toContain(
      "SGD: learningRate: expected a function that is called without new and returns its result",
    );
    expect(messageOf(() => make("0.1"))).toBe(
      'SGD: learningRate: expected a finite number from 0, got "0.1".',
    );
  });
});

describe("settings", () => {
  const classes: readonly (readonly [string, (options: never) => unknown])[] = [
    ["SGD", (o) => new nn.SGD(weight(), o)],
    ["RMSProp", (o) => new nn.RMSProp(weight(), o)],
    ["Adagrad", (o) => new nn.Adagrad(weight(), o)],
    ["Adadelta", (o) => new nn.Adadelta(weight(), o)],
    ["Adam", (o) => new nn.Adam(weight(), o)],
    ["AdamW", (o) => new nn.AdamW(weight(), o)],
    ["Adamax", (o) => new nn.Adamax(weight(), o)],
    ["NAdam", (o) => new nn.NAdam(weight(), o)],
    ["Lion", (o) => new nn.Lion(weight(), o)],
  ];
  test.each(classes)("of %s are numbers in their bounds, and no others", (name, make) => {
    for (const options of [null, 3, "text", [], tensor([1])]) {
      expect(messageOf(() => make(wrong(options)))).toContain(
        `${name}: options: expected an object of options`,
      );
    }
    expect(messageOf(() => make(wrong({ learningRate: 1, lr: 1 })))).toMatch(
      new RegExp(
        `^${name}: options: expected no others than learningRate, weightDecay, .*got "lr"\\.$`,
      ),
    );
    expect(messageOf(() => make(wrong({ learningRate: 1, weightDecay: -1 })))).toBe(
      `${name}: weightDecay: expected a finite number from 0, got -1.`,
    );
    const needed = errorOf(() => make(wrong({})));
    if (name === "Adadelta") expect(needed).toBe(undefined);
    else expect(String(needed)).toContain(`${name}: learningRate: expected a finite number from 0`);
  });

  test("that contradict each other are refused", () => {
    expect(messageOf(() => new SGD(weight(), { learningRate: 1, nesterov: true }))).toBe(
      "SGD: momentum: expected a number above 0, since nesterov is set, got 0.",
    );
    expect(messageOf(() => new nn.RMSProp(weight(), { learningRate: 1, alpha: 1 }))).toBe(
      "RMSProp: alpha: expected a number from 0 to below 1, got 1.",
    );
    expect(messageOf(() => new nn.Lion(weight(), { learningRate: 1, beta2: -0.1 }))).toBe(
      "Lion: beta2: expected a number from 0 to below 1, got -0.1.",
    );
  });

  test("of a class of one's own may be those of all optimizers", () => {
    class Plain extends Optimizer {
      readonly #sums: readonly Variable[] = this.keep("sums");
      protected override update(
        w: Variable,
        gradient: Tensor,
        index: number,
        rate: Tensor,
      ): Tensor {
        const sum = this.#sums[index] as Variable;
        sum.assign(sum.value.add(gradient));
        return w.value.sub(gradient.mul(rate));
      }
    }
    const w = new Variable(tensor([1, 2]));
    const optimizer = new Plain(w, { learningRate: 1, weightDecay: 0.5 });
    optimizer.step(tensor([0, 1]));
    expect(w.value.toArray()).toEqual([0.5, 0]);
    expect(Object.keys(state(optimizer))).toEqual(["learningRate", "sums"]);
  });
});

test.each(all)("the state of %s is no part of what is trained", (_name, make) => {
  const { model, optimizer, step } = training(make, nn.stepDecay(0.1, { every: 2 }));
  step();
  const plateau = nn.reduceOnPlateau(new SGD(weight(), { learningRate: 1 }));
  expect(variables({ model, optimizer, plateau })).toEqual([model.weight, model.bias]);
});

test("a rule is what updateRule has returned", () => {
  class Ruled extends Optimizer {
    constructor(rule: unknown) {
      super([new Variable(tensor([1, 2]))], { learningRate: 1 }, rule as never);
    }
  }
  for (const rule of [tensor(1), {}, { read: () => ({}) }, null, 3]) {
    expect(messageOf(() => new Ruled(rule))).toMatch(
      /^Ruled: rule: expected what updateRule has returned, got /,
    );
  }
});
