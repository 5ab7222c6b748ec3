/**
 * Every public function that takes Variables treats a model as a tree of its Variables.
 */

import {
  compile,
  Draws,
  type GradientTree,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  Layer,
  linearize,
  loadState,
  state,
  type Tensor,
  type Trainable,
  tanh,
  tensor,
  trained,
  treeLeaves,
  Variable,
  valueAndGrad,
  variables,
  vjp,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  clipByGlobalNorm,
  clipByValue,
  Dense,
  Dropout,
  fit,
  LBFGS,
  Lion,
  NAdam,
  type Optimizer,
  RMSProp,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

const cell = (...values: number[]): Variable => new Variable(tensor(values));

/** A custom class that is not a Layer: it has weights, settings, methods, a seed, a count and private fields. */
class Own {
  readonly weight = cell(1, 2);
  readonly parts = [new Dense(2, 2, { seed: 3 }), { scale: cell(0.5, 2) }] as const;
  readonly size = 2;
  readonly name = "own";
  readonly widths = [2, 3];
  readonly start = tensor([7]);
  readonly draws = new Draws(1);
  readonly count = new Variable(tensor(3, { dtype: "int32" }));
  readonly none = undefined;
  readonly options = { rate: 0.1 };
  readonly seen = new Map([["epochs", 1]]);
  readonly #hidden = 5;
  owner: Own | undefined = this;

  get hidden(): number {
    return this.#hidden;
  }
}

class Twice extends Layer {
  readonly first = new Dense(1, 1, { seed: 4 });
  readonly second = this.first;
  override compute(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x));
  }
}

function frozen(): Sequential {
  const model = new Sequential(new Dense(2, 2, { seed: 1 }), new Dense(2, 1, { seed: 2 }));
  for (const variable of model.layers[0]?.variables ?? []) variable.trainable = false;
  return model;
}

/** Models, with the names of the Variables that have gradients. */
const MODELS: Record<string, readonly [make: () => Trainable, names: readonly string[]]> = {
  "a Variable": [() => cell(1, 2), [""]],
  "a list": [() => [cell(1), cell(2, 3)], ["0", "1"]],
  "an object": [() => ({ a: cell(1), more: { b: [cell(2)], name: "text" } }), ["a", "more.b.0"]],
  "a layer": [() => new Dense(2, 1, { seed: 1 }), ["weight", "bias"]],
  "a layer without a bias": [() => new Dense(2, 1, { bias: false, seed: 1 }), ["weight"]],
  "a network": [
    () =>
      new Sequential(
        new Dense(2, 2, { seed: 1 }),
        tanh,
        new Dropout(0.5),
        new Dense(2, 1, { seed: 2 }),
      ),
    ["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias"],
  ],
  "a class of one's own": [
    () => new Own(),
    ["weight", "parts.0.weight", "parts.0.bias", "parts.1.scale"],
  ],
  "a layer that stands twice": [
    () => new Twice(),
    ["first.weight", "first.bias", "second.weight", "second.bias"],
  ],
  "a network with a frozen part": [frozen, ["layers.1.weight", "layers.1.bias"]],
  "models in an object and a list": [
    () => ({ nets: [new Dense(1, 1, { seed: 5 }), new Own()], gain: cell(2) }),
    [
      "nets.0.weight",
      "nets.0.bias",
      "nets.1.weight",
      "nets.1.parts.0.weight",
      "nets.1.parts.0.bias",
      "nets.1.parts.1.scale",
      "gain",
    ],
  ],
};

/** Returns the leaves of a tree with their names. */
function named(tree: unknown, path: readonly string[] = []): [string, unknown][] {
  if (tree === undefined || tree === null) return [];
  if (tree instanceof Variable || typeof (tree as Tensor).item === "function") {
    return [[path.join("."), tree]];
  }
  return Object.entries(tree).flatMap(([key, inner]) => named(inner, [...path, key]));
}

/** Returns Variables with their names, by the names of the model's gradient. */
function cellsOf(model: Trainable, names: readonly string[]): [string, Variable][] {
  return names.map((name) => {
    const way = name === "" ? [] : name.split(".");
    return [name, way.reduce<unknown>((part, key) => Object(part)[key], model) as Variable];
  });
}

/** Returns half the sum of the squares of all Variables with a gradient, so that each Variable equals its gradient. */
const lossOf = (model: Trainable, names: readonly string[]) => () => {
  const each = [...new Set(cellsOf(model, names).map(([, variable]) => variable))];
  return each
    .map((variable) => variable.value.square().sum())
    .reduce((sum, one) => sum.add(one))
    .mul(0.5);
};

const numbers = (tree: unknown): [string, unknown][] =>
  named(tree).map(([name, leaf]) => [name, (leaf as Tensor).toArray()]);

/** Functions of a scalar and a model whose results have the model's structure: derivatives, and clipped gradients. */
const DERIVATIVES: Record<string, (fn: () => Tensor, model: Trainable) => unknown> = {
  grad: (fn, model) => grad(fn, { variables: model })(),
  valueAndGrad: (fn, model) => valueAndGrad(fn, { variables: model })().gradient,
  jacobian: (fn, model) => jacobian(fn, { variables: model })(),
  "jacobian, forward": (fn, model) => jacobian(fn, { variables: model, mode: "forward" })(),
  vjp: (fn, model) => vjp(fn, { variables: model })().pullback(1),
  "grad beside arguments": (fn, model) =>
    grad((x: Tensor) => fn().mul(x), { variables: model, argnums: [0] })(1).variables,
  clipByValue: (fn, model) => clipByValue(grad(fn, { variables: model })(), 100),
  clipByGlobalNorm: (fn, model) => clipByGlobalNorm(grad(fn, { variables: model })(), 100),
};

const OPTIMIZERS: Record<string, (model: Trainable) => Optimizer> = Object.fromEntries(
  [Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, NAdam, RMSProp, SGD].map((Kind) => [
    Kind.name,
    (model: Trainable) => new Kind(model, { learningRate: 0.1 }),
  ]),
);

describe.each(Object.entries(MODELS))("%s", (_title, [make, names]) => {
  test.each(Object.keys(DERIVATIVES))("has derivatives by its names: %s", (name) => {
    const model = make();
    const found = DERIVATIVES[name]?.(lossOf(model, names), model);
    const expected = cellsOf(model, names).map(([at, { value }]) => [at, value.toArray()]);
    expect(numbers(found)).toEqual(expected);
  });

  test("has second derivatives by its names", () => {
    const model = make();
    const second = hessian(lossOf(model, names), { variables: model })();
    const pairs = names.flatMap((row) => names.map((column) => [row, column]));
    const all = pairs.map((pair) => pair.filter((each) => each !== "").join("."));
    expect(named(second).map(([name]) => name)).toEqual(all);
  });

  test.each(Object.keys(OPTIMIZERS))("is trained by the gradient of its names: %s", (name) => {
    const [model, other] = [make(), make()];
    const loss = lossOf(model, names);
    const { gradient } = valueAndGrad(loss, { variables: model })();
    OPTIMIZERS[name]?.(model).step(gradient as GradientTree);
    OPTIMIZERS[name]?.(other).minimize(lossOf(other, names));
    const values = cellsOf(model, names).map(([, { value }]) => value.toArray());
    expect(values).toEqual(cellsOf(other, names).map(([, { value }]) => value.toArray()));
    const initial = cellsOf(make(), names).map(([, { value }]) => value.toArray());
    cellsOf(model, names).forEach(([, { trainable }], i) => {
      // Biases are zeros, where the loss has its minimum, so steps do not change them.
      const isZero = [initial[i]].flat().every((each) => each === 0);
      if (!trainable || isZero) expect(values[i]).toEqual(initial[i]);
      else expect(values[i]).not.toEqual(initial[i]);
    });
  });

  test("is trained by a compiled step of its gradient", () => {
    const [model, other] = [make(), make()];
    const optimizer = new Adam(model, { learningRate: 0.1 });
    const step = compile(() => {
      const { value, gradient } = valueAndGrad(lossOf(model, names), { variables: model })();
      optimizer.step(gradient as GradientTree);
      return value;
    });
    const eager = new Adam(other, { learningRate: 0.1 });
    for (let i = 0; i < 3; i++) {
      expect(step().item()).toBe(eager.minimize(lossOf(other, names)).item());
    }
  });

  test("is saved, loaded, listed and minimized by the same names", () => {
    const model = make();
    const saved = state(model);
    const own = new Set(named(saved).map(([name]) => name));
    // A part that occurs twice in the model is saved once.
    const met = new Set<Variable>();
    for (const [name, variable] of cellsOf(model, names)) {
      expect(own.has(name)).toBe(!met.has(variable));
      met.add(variable);
    }
    expect(trained(model)).toEqual([...met]);
    expect(variables(model).filter(({ trainable }) => trainable)).toEqual([...met]);
    const optimizer = new LBFGS(model);
    expect(optimizer.minimize(lossOf(model, names)).converged).toBe(true);
    if (!(model instanceof Variable)) loadState(model, saved as ReturnType<typeof state> & object);
    else loadState(model, saved);
    expect(numbers(state(model))).toEqual(numbers(saved));
  });

  test("is trained by trainingStep and fit, and may stand among others", async () => {
    const models = [make(), make(), make(), make()] as const;
    const [first, second, third] = models;
    for (const model of models) {
      new SGD(model, { learningRate: 0.1 }).step(
        grad(lossOf(model, names), { variables: model })() as GradientTree,
      );
    }
    const rate = { learningRate: 0.1 };
    trainingStep(first, () => lossOf(first, names)(), new SGD(first, rate))();
    const options = { data: [tensor([1])], epochs: 1, optimizer: new SGD(second, rate) };
    await fit(second, { ...options, loss: () => lossOf(second, names)() }).run();
    new SGD(third, rate).minimize(lossOf(third, names));
    const values = (model: Trainable) => cellsOf(model, names).map(([, v]) => v.value.toArray());
    expect(values(first)).toEqual(values(third));
    expect(values(second)).toEqual(values(third));
    // The loss also reads a second model, which is not trained.
    const [trained, other] = [make(), make()];
    const both = () => lossOf(trained, names)().add(lossOf(other, names)());
    expect(() => trainingStep(trained, both, new SGD(trained, rate))()).toThrow(
      "no trained Variables",
    );
    trainingStep(trained, both, new SGD(trained, rate), { others: other })();
  });
});

describe("a model among the arguments", () => {
  const x = tensor([[1, 2]]);
  const loss = (model: Sequential, scale: Tensor): Tensor => model.compute(x).mul(scale).sum();
  const make = () =>
    new Sequential(
      new Dense(2, 2, { seed: 1 }),
      tanh,
      new Dropout(0),
      new Dense(2, 1, { seed: 2 }),
    );

  test("has the gradient that it has as variables, and directions of that form", () => {
    const model = make();
    const expected = grad((scale: Tensor) => loss(model, scale), { variables: model })(1);
    const gradient = grad(loss)(model, 1);
    expect(numbers(gradient)).toEqual(numbers(expected));
    expect(numbers(vjp(loss)(model, 1).pullback(1)[0])).toEqual(numbers(expected));
    const direction = gradient;
    const slope = treeLeaves(gradient)
      .map((leaf) => leaf.square().sum().item())
      .reduce((sum, one) => sum + one);
    expect(jvp(loss)([model, 1], [direction, 0]).tangent.item()).toBeCloseTo(slope, 5);
    expect(linearize(loss)(model, 1).pushforward(direction, 0).item()).toBeCloseTo(slope, 5);
    const product = hvp(loss)(model, direction, 1);
    expect(numbers(product).map(([name]) => name)).toEqual(numbers(expected).map(([name]) => name));
    // The expected product is the Hessian, by the names of its rows and columns, times the direction.
    const second = new Map(
      named(hessian((scale: Tensor) => loss(model, scale), { variables: model })(1)),
    );
    for (const [row, found] of named(product) as [string, Tensor][]) {
      const terms = (named(direction) as [string, Tensor][]).map(([column, by]) =>
        (second.get(`${row}.${column}`) as Tensor)
          .reshape([found.size, by.size])
          .matmul(by.flatten()),
      );
      const whole = terms.reduce((sum, term) => sum.add(term)).reshape(found.shape);
      expect(found.sub(whole).abs().max().item()).toBeLessThan(1e-5);
    }
  });

  test("moves by the sum of the tangents where a Variable stands twice", () => {
    const w = cell(3);
    const square = ([a, b]: [Variable, Variable]): Tensor => a.value.mul(b.value).sum();
    const { value, tangent } = jvp(square)([[w, w]], [[tensor([1]), tensor([10])]]);
    expect([value.item(), tangent.item()]).toEqual([9, 66]);
  });
});

describe("a model without Variables of floats", () => {
  const none = new Sequential(tanh);
  const message = "at least one trained Variable, in arrays, objects or layers, got a Sequential";
  const loss = () => tensor(1);

  test("is an error that says so", () => {
    for (const take of [grad, valueAndGrad, jacobian, hessian, vjp]) {
      const op = take.name;
      expect(() => (take as typeof grad)(loss, { variables: none })).toThrow(
        `${op}: variables: expected ${message}`,
      );
    }
    for (const [name, make] of Object.entries(OPTIMIZERS)) {
      expect(() => make(none)).toThrow(
        `${name}: variables: expected at least one trained Variable, in arrays`,
      );
    }
    expect(() => grad(loss, { variables: tensor(1) as object })).toThrow("got a float32 Tensor");
  });

  test("may have got some when it is asked for", () => {
    const model = { parts: [new Dense(1, 1, { seed: 1 })] };
    const gradients = grad(
      () =>
        variables(model)
          .map((v) => v.value.sum())
          .reduce((a, b) => a.add(b)),
      {
        variables: model,
      },
    );
    expect(gradients().parts.length).toBe(1);
    model.parts.push(new Dense(1, 1, { seed: 2 }));
    expect(named(gradients()).map(([name]) => name)).toEqual([
      "parts.0.weight",
      "parts.0.bias",
      "parts.1.weight",
      "parts.1.bias",
    ]);
  });

  test("has no Tensors and numbers that nobody could train, outside of instances", () => {
    const w = cell(1);
    for (const model of [
      { w, a: tensor(1) },
      { w, deep: { sizes: [w, 2] } },
    ]) {
      for (const take of [
        (m: Trainable) => grad(loss, { variables: m }),
        ...Object.values(OPTIMIZERS),
        variables,
      ]) {
        expect(() => take(model)).toThrow("expected a Variable");
      }
    }
  });
});
