import {
  ArgumentError,
  compile,
  DTypeError,
  Layer,
  loadState,
  normal,
  Relu,
  ShapeError,
  type State,
  state,
  Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam, Dense, meanSquaredError, Optimizer, Sequential, SGD } from "../../src/index.ts";

/** Returns the names of a tree, in order. */
function namesOf(tree: Tensor | State, name = ""): string[] {
  if (tree instanceof Tensor) return [name];
  return Object.entries(tree).flatMap(([key, inner]) =>
    namesOf(inner, name === "" ? key : `${name}.${key}`),
  );
}

/** Returns a record of the same tensors by their names. */
function flat(tree: State): Record<string, Tensor> {
  const record: Record<string, Tensor> = {};
  const visit = (branch: Tensor | State, name: string[]): void => {
    if (branch instanceof Tensor) record[name.join(".")] = branch;
    else for (const [key, inner] of Object.entries(branch)) visit(inner, [...name, key]);
  };
  visit(tree, []);
  return record;
}

const network = () =>
  new Sequential(new Dense(2, 3, { seed: 1 }), new Relu(), new Dense(3, 1, { seed: 2 }));

describe("state", () => {
  test("names Variables by the way to them", () => {
    const model = network();
    expect(namesOf(state(model))).toEqual([
      "layers.0.weight",
      "layers.0.bias",
      "layers.2.weight",
      "layers.2.bias",
    ]);
    expect(namesOf(state([new Dense(1, 1), new Dense(1, 1)]))[2]).toBe("1.weight");
    const count = new Variable(tensor(3));
    expect(namesOf(state({ model: { inner: [model] }, count, rate: 3, words: ["a"] })).at(-1)).toBe(
      "count",
    );
    expect(state(count).item()).toBe(3);
    expect(state({})).toEqual({});
  });

  test("has what an optimizer keeps, and not what it trains", () => {
    const { variables } = new Dense(2, 1);
    const options = { learningRate: 0.5 };
    expect(namesOf(state(new SGD(variables, options)))).toEqual(["learningRate"]);
    expect(namesOf(state(new SGD(variables, { ...options, momentum: 0.9 })))).toEqual([
      "learningRate",
      "velocities.0",
      "velocities.1",
    ]);
    expect(namesOf(state(new Adam(variables, options)))).toEqual([
      ...[
        "learningRate",
        "count",
        "means.0",
        "means.1",
        "squares.0",
        "squares.1",
        "skipped.0",
        "skipped.1",
      ],
    ]);
    class Own extends Optimizer {
      readonly steps = new Variable(tensor(0));
      protected override update(variable: Variable) {
        return variable.value;
      }
    }
    expect(namesOf(state(new Own(variables, options)))).toEqual(["learningRate", "steps"]);
  });

  test("has each Variable once, by the first way, also where layers contain each other", () => {
    class Tied extends Layer {
      readonly first = new Dense(2, 2);
      readonly again = this.first;
      readonly weight = this.first.weight;
      parent: Layer | undefined;
      override compute(x: Tensor) {
        return this.again.forward(this.first.forward(x));
      }
    }
    const tied = new Tied();
    tied.parent = tied;
    expect(namesOf(state(tied))).toEqual(["first.weight", "first.bias"]);
  });

  test("does not change with later steps", () => {
    for (const backend of ["js", "wasm"] as const) {
      const w = new Variable(uniform([40, 40], { seed: 1 }));
      const step = compile(() => w.assign(w.value.mul(2)), { backend });
      step();
      const saved = state({ w });
      const bits = (saved["w"] as Tensor).data();
      step();
      step();
      expect((saved["w"] as Tensor).data()).toEqual(bits);
      expect(w.value.data()[5]).toBe((bits[5] ?? 0) * 4);
      loadState({ w }, saved);
      expect(w.value.data()).toEqual(bits);
      step();
      expect((saved["w"] as Tensor).data()).toEqual(bits);
      expect(w.value.data()[5]).toBe((bits[5] ?? 0) * 2);
    }
  });

  test("pollutes no prototype", () => {
    const key = "__proto__";
    const model = Object.fromEntries([[key, { polluted: new Variable(tensor(1)) }]]);
    const saved = state(model);
    expect(Object.keys(saved)).toEqual([key]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(Object.getPrototypeOf(saved)).toBe(Object.prototype);
    loadState(model, saved);
  });

  test("refuses what has no Variables to name", () => {
    expect(messageOf(() => state(wrong(3)))).toBe(
      "state: model: expected a Variable, a layer, an optimizer, or an object or array of them, got 3.",
    );
    expect(messageOf(() => state(tensor([1])))).toContain("got a float32 Tensor of shape [1].");
    const w = new Variable(tensor(1));
    const alike = { "a.b": w, a: { b: new Variable(tensor(2)) } };
    expect(messageOf(() => state(alike))).toBe(
      "state: model: expected one entry of each name, got two of the name a.b. " +
        "A name is the keys on the way, joined by dots.",
    );
    expect(messageOf(() => state({ heads: new Map([["a", w]]) }))).toBe(
      "state: heads: expected Variables in objects and arrays, where they have names, got a Map.",
    );
    expect(messageOf(() => state(new Set([new Dense(1, 1)])))).toContain(
      "state: model: expected V",
    );
    expect(state({ cache: new Map([["a", 1]]), data: new Float32Array(9) })).toEqual({});
    // A value without Variables inside is not a model.
    for (const nothing of [new Float32Array(1), new BigInt64Array(1), new Map(), new Date()]) {
      expect(messageOf(() => state(nothing))).toContain(
        "state: model: expected a Variable, a layer",
      );
      expect(messageOf(() => loadState(nothing, {}))).toContain("loadState: model: expected a V");
    }
    let deep: object = w;
    for (let i = 0; i < 1500; i++) deep = { deep };
    expect(messageOf(() => state(deep))).toContain("nested at most 1000 deep, got a deeper one.");
  });
});

describe("loadState", () => {
  test("takes nested trees, flat records and arrays", () => {
    const saved = state(network());
    for (const tree of [saved, flat(saved), { layers: [saved["layers"] as State][0] ?? {} }]) {
      const model = new Sequential(new Dense(2, 3), new Relu(), new Dense(3, 1));
      loadState(model, tree);
      for (const [name, value] of Object.entries(flat(state(model)))) {
        expectSameBits(value, flat(saved)[name] ?? tensor([]));
      }
    }
    const pair = [new Variable(tensor(1)), new Variable(tensor(2))];
    loadState(pair, wrong([tensor(3), tensor(4)]));
    expect(pair.map(({ value }) => value.item())).toEqual([3, 4]);
    const one = new Variable(tensor(1));
    loadState(one, tensor(5));
    expect(one.value.item()).toBe(5);
  });

  test("names every entry that does not fit, and then changes none", () => {
    const cases: [Record<string, unknown>, unknown, string][] = [
      [
        { b: undefined },
        ArgumentError,
        "loadState: b: expected an int32 Tensor of shape [], got nothing",
      ],
      [{ b: 3 }, ArgumentError, "loadState: b: expected an int32 Tensor of shape [], got 3"],
      [
        { "a.w": tensor([1]) },
        ShapeError,
        "a.w: expected a float32 Tensor of shape [2], got a float32",
      ],
      [
        { b: tensor(1) },
        DTypeError,
        "b: expected an int32 Tensor of shape [], got a float32 Tensor",
      ],
      [{ c: tensor(1) }, ArgumentError, "c: expected nothing, for the model has no Variable there"],
      [
        { b: undefined, c: tensor(1), "a.w": tensor([1]) },
        ArgumentError,
        "loadState: tree: expected one fitting Tensor for each Variable of the model, got " +
          "a float32 Tensor of shape [1] for a.w (expected a float32 Tensor of shape [2]), " +
          "nothing for b (expected an int32 Tensor of shape []), " +
          "a float32 Tensor of shape [] for c (expected nothing, for the model has no Variable there). " +
          "Make the model as it was when its state was taken.",
      ],
      [
        Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, tensor(i)])),
        ArgumentError,
        ", and 10 more faults. Make",
      ],
    ];
    const model = {
      a: { w: new Variable(tensor([1, 2])) },
      b: new Variable(tensor(3, { dtype: "int32" })),
    };
    for (const [changes, Kind, message] of cases) {
      const tree = { "a.w": tensor([7, 7]), b: tensor(7, { dtype: "int32" }), ...changes };
      expect(() => loadState(model, wrong(tree))).toThrow(Kind as typeof ArgumentError);
      expect(messageOf(() => loadState(model, wrong(tree)))).toContain(message);
      expect(model.a.w.value.toArray()).toEqual([1, 2]);
    }
    for (const tree of [undefined, null, 3, "text", new Map(), model.b, [1]]) {
      expect(messageOf(() => loadState(model, wrong(tree)))).toContain("nothing for a.w");
    }
    const cycle: Record<string, unknown> = {};
    cycle["a"] = cycle;
    expect(messageOf(() => loadState(model, wrong(cycle)))).toContain("one that contains itself");
  });

  test("goes on with the bits of a training that was not interrupted", () => {
    const x = uniform([8, 2], { seed: 5 });
    const training = (compiled: boolean) => {
      const model = network();
      const optimizer = new Adam(model.variables, { learningRate: 0.05 });
      const seed = new Variable(tensor(0, { dtype: "int32" }));
      const loss = () => {
        const noise = normal([8, 2], { seed: seed.value }).mul(0.1);
        return meanSquaredError(model.forward(x.add(noise)), x.sum(1, { keepDims: true }));
      };
      const run = () => {
        const { value, gradient } = valueAndGrad(loss, { variables: model.variables })();
        optimizer.step(gradient);
        seed.assign(seed.value.add(1));
        return value;
      };
      return { parts: { model, optimizer, seed }, step: compiled ? compile(run) : run };
    };
    for (const compiled of [false, true]) {
      const whole = training(compiled);
      for (let i = 0; i < 12; i++) whole.step();
      const before = training(compiled);
      for (let i = 0; i < 7; i++) before.step();
      before.parts.optimizer.learningRate = 0.05;
      // Tensors from a file are never weak.
      const saved = Object.fromEntries(
        Object.entries(flat(state(before.parts))).map(([name, value]) => [
          name,
          tensor(value.data(), { shape: value.shape, dtype: value.dtype }),
        ]),
      );
      const after = training(compiled);
      // The step was compiled before the state is loaded, and its memory has the values of Variables.
      for (let i = 0; i < 3; i++) after.step();
      loadState(after.parts, saved);
      for (let i = 7; i < 12; i++) after.step();
      const expected = flat(state(whole.parts));
      for (const [name, value] of Object.entries(flat(state(after.parts)))) {
        expectSameBits(value, expected[name] ?? tensor([]));
      }
    }
  });
});

describe("a partial load", () => {
  const make = (classes: number) => ({
    body: new Dense(2, 3, { seed: classes }),
    head: new Dense(3, classes, { seed: classes }),
  });

  test("leaves a head of another shape, and says so", () => {
    const [from, to] = [make(4), make(5)];
    const head = to.head.weight.value;
    expect(loadState(to, state(from), { partial: true })).toEqual({
      left: ["head.weight", "head.bias"],
      missing: ["head.weight", "head.bias"],
    });
    expect(to.body.weight.value).toEqual(from.body.weight.value);
    expect(to.head.weight.value).toBe(head);
    expect(() => loadState(to, state(from))).toThrow(
      "a float32 Tensor of shape [3, 4] for head.weight",
    );
  });

  test("takes some of the Variables alone", () => {
    const to = make(4);
    const { left, missing } = loadState(to, { head: state(make(4).head) }, { partial: true });
    expect([left, missing]).toEqual([[], ["body.weight", "body.bias"]]);
  });

  test("of which nothing fits is refused, and a whole one has nothing to say", () => {
    expect(() => loadState(make(4), { module: state(make(4)) }, { partial: true })).toThrow(
      "loadState: tree: expected one fitting Tensor for each Variable of the model",
    );
    expect(loadState(make(4), state(make(4)))).toEqual({ left: [], missing: [] });
    expect(() => loadState(make(4), state(make(4)), { strict: false } as never)).toThrow("partial");
  });
});
