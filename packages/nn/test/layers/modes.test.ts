/**
 * Custom layers: trees, integers, modes, and Variables that are trained or not, eager and compiled.
 */

import {
  compile,
  Draws,
  type Indices,
  Layer,
  layer,
  loadState,
  mul,
  relu,
  state,
  type Tensor,
  take,
  tensor,
  trained,
  uniform,
  Variable,
  valueAndGrad,
  variables,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Dense, Sequential, SGD } from "../../src/index.ts";

/** Looks up rows of a table. */
class Table extends Layer {
  readonly rows = new Variable(uniform([4, 2], { seed: 1 }));
  override compute(places: Indices): Tensor {
    return take(this.rows.value, places);
  }
}

/** A recurrent cell: takes an input and a state, and returns a result and the next state. */
class Cell extends Layer {
  readonly weight = new Variable(
    tensor([
      [0.5, -0.25],
      [0.125, 1],
    ]),
  );
  override compute(x: Tensor, { hidden }: { hidden: Tensor }) {
    const next = x.add(hidden.matmul(this.weight.value)).tanh();
    return { output: next.sum(-1), state: { hidden: next } };
  }
}

/** Multiplies by 6 in training and by 3 in evaluation, and counts its steps in training. */
class Moded extends Layer {
  readonly steps = new Variable(tensor(0, { dtype: "int32" }));
  readonly scale = new Variable(tensor(3));
  override compute(x: Tensor): Tensor {
    if (!this.training) return x.mul(this.scale.value);
    this.steps.assign(this.steps.value.add(1));
    return x.mul(this.scale.value).mul(2);
  }
}

describe("inputs of integers", () => {
  const table = new Table();
  const places = tensor([3, 0, 3], { dtype: "int32" });

  test("have no gradient, in value and in type", () => {
    const rows = table.forward(places);
    const gradient: undefined = table.backward(rows);
    expect(gradient).toBeUndefined();
    expect(table.rows.gradient.at(1).toArray()).toEqual([0, 0]);
    expect(table.rows.gradient.at(3).toArray()).toEqual(rows.at(0).mul(2).toArray());
  });

  test("may stand first in a chain, whose other layers have gradients", () => {
    const chain = new Sequential(table, new Dense(2, 1, { seed: 1 }), relu);
    const { gradient } = valueAndGrad(() => chain.forward(places as Tensor).sum(), {
      variables: chain.variables,
    })();
    expect(gradient.map(({ shape }) => shape)).toEqual([[4, 2], [2, 1], [1]]);
    expect(compile(() => chain.forward(places as Tensor))().shape).toEqual([3, 1]);
  });

  test("stand beside floats, which have gradients for them", () => {
    const picked = layer((x: Tensor, at: Indices, y: Tensor) => take(x, at).mul(y));
    picked.forward(tensor([1, 2, 3]), tensor([2, 2], { dtype: "int32" }), tensor([10, 100]));
    const [ofX, ofPlaces, ofY] = picked.backward(tensor([1, 1]));
    const none: undefined = ofPlaces;
    expect([ofX.toArray(), none, ofY.toArray()]).toEqual([[0, 0, 110], undefined, [3, 3]]);
  });
});

describe("trees", () => {
  test("go in and out, forward and backward", () => {
    const cell = new Cell();
    const x = tensor([[1, 2]]);
    const first = cell.forward(x, { hidden: tensor([[0, 0]]) });
    const hidden: Tensor = first.state.hidden;
    expectSameBits(hidden, x.tanh());
    const [ofX, ofState] = cell.backward({
      output: tensor([1]),
      state: { hidden: tensor([[0, 0]]) },
    });
    const slope = hidden.square().neg().add(1);
    expectSameBits(ofX, slope);
    expectSameBits(ofState.hidden, slope.matmul(cell.weight.value.transpose()));
    expect(cell.weight.gradient.shape).toEqual([2, 2]);
  });

  test("are refused where they are not like the result", () => {
    const cell = new Cell();
    expect(() => Reflect.apply(cell.backward, cell, [tensor([1])])).toThrow(
      "Cell.backward: expected a forward pass before",
    );
    cell.forward(tensor([[1, 2]]), { hidden: tensor([[0, 0]]) });
    expect(() => Reflect.apply(cell.backward, cell, [tensor([1])])).toThrow(
      "Cell.backward: gradient: expected a gradient for each Tensor of the result",
    );
    expect(() => cell.backward({ output: tensor([1]), state: { hidden: tensor([1]) } })).toThrow(
      "Cell.backward: gradient.state.hidden: expected the output's shape [1, 2], got [1]",
    );
  });

  test("of numbers are numbers", () => {
    const both = layer((x: Tensor, y: Tensor) => ({ sum: x.add(y), product: mul(x, y) }));
    const result = both.forward(3, 4);
    const sum: number = result.sum;
    expect([sum, result.product]).toEqual([7, 12]);
    expect(() => layer(() => undefined).forward()).toThrow(
      "FunctionLayer.forward: result: expected a Tensor from compute, or a tree of them, got undefined",
    );
  });
});

describe("the mode", () => {
  test("is that of training at first, and of all layers in a layer", () => {
    const inner = new Moded();
    const model = new Sequential(inner, (x) => x.mul(2));
    expect([model.training, inner.training]).toEqual([true, true]);
    expect(model.train(false)).toBe(model);
    expect([model.training, inner.training]).toEqual([false, false]);
    expect(() => Reflect.apply(model.train, model, ["no"])).toThrow(
      "Sequential.train: on: expected true or false",
    );
  });

  test("is a guard of compiled functions, and of those that call them", () => {
    const model = new Moded();
    const inner = compile((x: Tensor) => model.forward(x));
    const outer = compile((x: Tensor) => inner(x).add(1));
    const x = tensor([1, 2]);
    const seen = () => [inner(x).toArray(), outer(x).toArray()];
    expect(seen()).toEqual([
      [6, 12],
      [7, 13],
    ]);
    model.train(false);
    expect(seen()).toEqual([
      [3, 6],
      [4, 7],
    ]);
    model.train();
    expect(seen()).toEqual([
      [6, 12],
      [7, 13],
    ]);
    // The programs of both modes are cached, so nothing is compiled again.
    expect(inner.program(x)).toBe(inner.program(x));
    expect(model.steps.value.item()).toBe(4);
  });

  test("cannot be set inside of what is compiled", () => {
    const model = new Moded();
    const evaluate = compile((x: Tensor) => model.train(false).forward(x) as Tensor);
    expect(() => evaluate(tensor([1]))).toThrow(
      "Moded.train: expected a call outside of compiled functions",
    );
  });

  test("of steps that are counted is state: it is saved, and never trained", () => {
    const model = new Moded();
    expect(model.variables).toEqual([model.scale]);
    expect(Object.keys(state(model))).toEqual(["steps", "scale"]);
    model.forward(tensor([1]));
    const other = new Moded();
    loadState(other, state(model));
    expect(other.steps.value.item()).toBe(1);
    const { gradient } = valueAndGrad(() => model.forward(tensor([1])).sum(), {
      variables: variables(model),
    })();
    expect(gradient.length).toBe(1);
  });
});

describe("what is trained", () => {
  const makeStep = () => {
    const model = new Sequential(new Dense(2, 3, { seed: 1 }), relu, new Dense(3, 1, { seed: 2 }));
    const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
    const x = uniform([4, 2], { seed: 3 });
    const step = () => {
      const { gradient } = valueAndGrad(() => model.forward(x).square().mean(), {
        variables: model.variables,
      })();
      optimizer.step(gradient);
    };
    return { model, step };
  };

  test.each([
    ["eagerly", (step: () => void) => step],
    ["compiled", (step: () => void) => compile(() => void step())],
  ])("may change at any time, %s", (_name, made) => {
    const { model, step } = makeStep();
    const run = made(step);
    const [first, , last] = model.layers as [Dense, Layer, Dense];
    const values = () => [first, last].map(({ weight }) => weight.value.toArray());
    run();
    const [before] = values();
    first.weight.trainable = false;
    run();
    run();
    expect(values()[0]).toEqual(before);
    expect(model.variables).toContain(first.weight);
    expect(trained(model)).not.toContain(first.weight);
    first.weight.trainable = true;
    const [, frozen] = values();
    run();
    expect(values()[0]).not.toEqual(before);
    expect(values()[1]).not.toEqual(frozen);
  });

  test("has the same bits eagerly and compiled", () => {
    const [eager, compiled] = [makeStep(), makeStep()];
    const run = compile(() => void compiled.step());
    for (let i = 0; i < 4; i++) {
      for (const { model } of [eager, compiled]) {
        const [first] = model.layers as [Dense];
        first.weight.trainable = i % 2 === 0;
      }
      eager.step();
      run();
    }
    eager.model.variables.forEach(({ value }, i) => {
      expectSameBits(compiled.model.variables[i]?.value as Tensor, value);
    });
  });

  test("is never the seed of draws, which an optimizer would make a fraction of", () => {
    const draws = new Draws(1);
    expect(draws.trainable).toBe(false);
    expect(() => {
      draws.trainable = true;
    }).toThrow(
      "Variable.trainable: trainable: expected false for what was made with { trainable: false }, or is no floats, got true.",
    );
    draws.trainable = false;
    const model = { weight: new Variable(tensor([1])), draws };
    expect(Object.values(variables(model))).toEqual([model.weight]);
    expect(Object.keys(state(model))).toEqual(["weight", "draws"]);
  });

  test("is never an integer", () => {
    const seed = new Variable(tensor(3, { dtype: "int32" }));
    expect(seed.trainable).toBe(false);
    expect(() => {
      seed.trainable = true;
    }).toThrow("Variable.trainable: trainable: expected false for what was made");
    const make = () => new Variable(tensor([true]), { trainable: true });
    expect(make).toThrow("Variable: trainable: expected false");
    expect(new Variable(tensor([1]), { trainable: false }).trainable).toBe(false);
  });
});
