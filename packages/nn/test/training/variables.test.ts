/**
 * The Variables of a model: `variables`, `layer.variables`, `state` and optimizers find the same ones, and an optimizer
 * has a gradient for each of them or says that it has none.
 */

import {
  compile,
  grad,
  Layer,
  state,
  Tanh,
  type Tensor,
  type TensorTree,
  tensor,
  treeLeaves,
  Variable,
  valueAndGrad,
  variables,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import { Adam, Dense, Sequential, SGD } from "../../src/index.ts";

const rate = { learningRate: 0.5 };
const cell = (...values: number[]) => new Variable(tensor(values));

/** A layer with Variables in every kind of property. */
class Everywhere extends Layer {
  readonly own = cell(1);
  readonly inner = new Dense(2, 2, { seed: 1 });
  readonly plain = { gain: cell(2), deeper: { shift: cell(3) }, name: "plain", rate: 3 };
  readonly list = [cell(4), new Dense(2, 2, { seed: 2 }), [cell(5)]];
  readonly helper = new Helper();
  readonly data = [1, 2, 3];
  override compute(x: Tensor): Tensor {
    return x.mul(this.plain.gain.value);
  }
}

class Helper {
  readonly weight = cell(6);
}

describe("variables", () => {
  const models: Readonly<Record<string, object>> = {
    "a layer with Variables in objects, arrays and plain classes": new Everywhere(),
    "a chain": new Sequential(new Dense(2, 3), new Tanh(), new Everywhere()),
    "an object of layers": { encoder: new Dense(1, 2), heads: [new Dense(2, 1), new Everywhere()] },
    "a plain class": new Helper(),
    "one Variable": cell(1, 2),
    "a list": [cell(1), cell(2)],
    nothing: {},
  };
  test.each(Object.entries(models))("are those of state: %s", (_name, model) => {
    const found = variables(model);
    const saved = treeLeaves(state(model));
    expect(found.map(({ value }) => String(value))).toEqual(saved.map(String));
    expect(new Set(found).size).toBe(found.length);
    if (model instanceof Layer) expect(model.variables).toEqual(found);
    if (found.length > 0) expect(new SGD(model, rate).variables).toEqual(found);
  });

  test("train wherever they stand", () => {
    const model = new Everywhere();
    model.forward(tensor([2, 3]));
    model.backward(tensor([1, 1]));
    expect(String(model.plain.gain.gradient)).toBe("[5.]");
  });

  test("are each there once, and those of optimizers not at all", () => {
    const shared = new Dense(1, 1);
    expect(variables({ first: shared, second: shared, weight: shared.weight }).length).toBe(2);
    expect(variables({ shared, optimizer: new Adam(shared, rate) }).length).toBe(2);
  });

  test("have names, so not those of a Map or of nothing", () => {
    expect(messageOf(() => variables({ heads: new Map([["a", cell(1)]]) }))).toBe(
      "variables: heads: expected Variables in objects and arrays, where they have names, got a Map.",
    );
    expect(messageOf(() => variables(wrong(3)))).toBe(
      "variables: model: expected a Variable, a layer, an optimizer, or an object or array of them, got 3.",
    );
    expect(messageOf(() => variables(tensor(1) as object))).toContain(
      "got a float32 Tensor of shape []",
    );
    expect(messageOf(() => state([[cell(1), tensor(1)]]))).toBe(
      "state: model[0][1]: expected a Variable, or an object or array of them, got a float32 Tensor of shape []. " +
        "Make it one with new Variable(…).",
    );
    expect(messageOf(() => variables(wrong(new Number(1))))).toContain("got a Number");
  });

  test("are all that a plain object has, as for an optimizer: a Tensor there would silently be left out", () => {
    const forgotten = { w: cell(1), b: tensor(1) };
    const expected =
      "b: expected a Variable, got a float32 Tensor of shape []. Make it one with new Variable(…).";
    expect(messageOf(() => variables(forgotten))).toBe(`variables: model.${expected}`);
    expect(messageOf(() => new SGD(forgotten, rate))).toBe(`SGD: variables.${expected}`);
    expect(messageOf(() => variables({ length: 2 }))).toContain(
      "model.length: expected a Variable, got 2",
    );
  });
});

describe("an optimizer", () => {
  test("takes whatever variables takes, and a tree of gradients by its names", () => {
    const model = { b: cell(1), w: [cell(2), cell(3)] };
    const optimizer = new SGD(model, rate);
    const loss = valueAndGrad(() => model.b.value.mul(model.w[0]?.value ?? 0).sum(), {
      variables: model,
    });
    const { gradient } = loss();
    optimizer.step(gradient);
    expect(variables(model).map(({ value }) => value.item())).toEqual([0, 1.5, 3]);
    // Gradients are matched by name, whatever their order.
    optimizer.step({ w: { 0: tensor([2]), 1: tensor([4]) }, b: tensor([0]) });
    expect(variables(model).map(({ value }) => value.item())).toEqual([0, 0.5, 1]);
    // A list of gradients is matched by its order.
    optimizer.step([tensor([2]), tensor([1]), tensor([0])]);
    expect(variables(model).map(({ value }) => value.item())).toEqual([-1, 0, 1]);
    const alone = cell(1);
    new SGD(alone, rate).step(tensor([1]));
    expect(alone.value.item()).toBe(0.5);
  });

  test("takes the one gradient of tied weights by each of their names", () => {
    const w = cell(4);
    const model = { first: w, second: w };
    const { gradient } = valueAndGrad(() => w.value.square().sum(), { variables: model })();
    new SGD(model, rate).step(gradient);
    expect(w.value.item()).toBe(0);
    new SGD(model, rate).step({ second: tensor([2]) });
    expect(w.value.item()).toBe(-1);
  });

  test("refuses gradients that do not fit, and changes nothing", () => {
    const model = { w: cell(1), b: cell(2) };
    const optimizer = new SGD(model, rate);
    const expected =
      "SGD.step: gradients: expected one for each Variable, in a list in their order or a tree with their names, got ";
    const wrongs: readonly (readonly [unknown, string])[] = [
      [{ w: tensor([1]) }, `${expected}none of the name b.`],
      [{ w: tensor([1]), b: tensor([1]), c: tensor([1]) }, `${expected}one of the name c.`],
      [tensor([1]), `${expected}a float32 Tensor of shape [1].`],
      [
        { w: tensor([1]), b: tensor([1, 2]) },
        "SGD.step: gradients.b: expected the Variable's shape [1], got [2].",
      ],
      [[tensor([1])], "SGD.step: gradients: expected 2, one for each Variable, got 1."],
      [
        { w: tensor([1]), b: "text" },
        'SGD.step: gradients.b: expected a Tensor or a number, got "text".',
      ],
    ];
    for (const [gradients, message] of wrongs) {
      expect(messageOf(() => optimizer.step(gradients as TensorTree))).toContain(message);
    }
    expect([model.w.value.item(), model.b.value.item()]).toEqual([1, 2]);
  });

  test("refuses a list that has a Variable twice, and a model without any", () => {
    const w = cell(1);
    expect(messageOf(() => new Adam([cell(2), w, w], rate))).toBe(
      "Adam: variables[2]: expected each Variable once, got the one of variables[1].",
    );
    expect(messageOf(() => new SGD({ name: "x" }, rate))).toBe(
      "SGD: variables: expected at least one trained Variable, in arrays, objects or layers, got an object.",
    );
  });
});

describe("step() without gradients", () => {
  const message =
    "SGD.step: gradients: expected gradients, since no backward has added any since the last step or zeroGradient, got none. " +
    "Pass what valueAndGrad has returned, as in optimizer.step(gradient).";
  const dense = () => new Dense(2, 1, { seed: 1 });
  const x = tensor([[1, 2]]);

  test("is an error after valueAndGrad, which adds nothing to variable.gradient", () => {
    const layer = dense();
    const optimizer = new SGD(layer, rate);
    valueAndGrad(() => layer.forward(x).sum(), { variables: layer.variables })();
    expect(messageOf(() => optimizer.step())).toBe(message);
    const step = compile(() => {
      const { value } = valueAndGrad(() => layer.forward(x).sum(), {
        variables: layer.variables,
      })();
      optimizer.step();
      return value;
    });
    expect(messageOf(() => step())).toBe(message);
  });

  test("uses what backward has added, once", () => {
    const [used, unused] = [dense(), dense()];
    const optimizer = new SGD([...used.variables, ...unused.variables], rate);
    used.forward(x);
    used.backward(tensor([[1]]));
    optimizer.step();
    expect(messageOf(() => optimizer.step())).toBe(message);
    used.forward(x);
    used.backward(tensor([[0]]));
    optimizer.step();
    used.forward(x);
    used.backward(tensor([[1]]));
    used.zeroGradient();
    expect(messageOf(() => optimizer.step())).toBe(message);
  });

  test("uses what a compiled function has added, in every one of its runs", () => {
    for (const backend of ["js", "wasm"] as const) {
      const [layer, twin] = [new Dense(40, 40, { seed: 1 }), new Dense(40, 40, { seed: 1 })];
      const input = tensor([new Float32Array(40).fill(0.5)]);
      const add = (model: Dense) => () => {
        model.zeroGradient();
        model.forward(input);
        model.backward(tensor([new Float32Array(40).fill(1)]));
      };
      const compiled = compile(add(layer), { backend });
      const eager = add(twin);
      const [optimizer, other] = [new SGD(layer, rate), new SGD(twin, rate)];
      for (let i = 0; i < 4; i++) {
        compiled();
        optimizer.step();
        eager();
        other.step();
      }
      expect(layer.weight.value.data()).toEqual(twin.weight.value.data());
      expect(messageOf(() => optimizer.step())).toBe(message);
    }
  });

  test("compiles with the backward beside it, and checks when it is recorded", () => {
    const layer = dense();
    const optimizer = new SGD(layer, rate);
    const step = compile(() => {
      layer.zeroGradient();
      layer.forward(x);
      layer.backward(tensor([[1]]));
      optimizer.step();
    });
    const before = layer.bias?.value.item() ?? Number.NaN;
    for (let i = 0; i < 3; i++) step();
    expect(layer.bias?.value.item()).toBe(before - 1.5);
  });

  test("sees what a recording around it has added", () => {
    const layer = dense();
    const optimizer = new SGD(layer, rate);
    grad((scale: Tensor) => {
      layer.forward(x);
      layer.backward(tensor([[1]]));
      optimizer.step();
      return scale.mul(2);
    })(1);
    expect(layer.bias?.value.item()).toBe(-0.5);
  });
});
