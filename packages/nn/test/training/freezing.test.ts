/**
 * Frozen parameters: in stages like PyTorch's, with every kind of training step, saved, unfrozen again, and in
 * summaries.
 */

import { readFileSync } from "node:fs";
import {
  compile,
  copyState,
  freeze,
  loadState,
  state,
  summary,
  Tanh,
  type Tensor,
  tensor,
  trained,
  unfreeze,
  uniform,
  Variable,
  valueAndGrad,
  variables,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  BatchNorm,
  clipByGlobalNorm,
  Dense,
  Dropout,
  fit,
  LBFGS,
  Lion,
  meanSquaredError,
  NAdam,
  type Optimizer,
  RMSProp,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

sampleTests(3);

interface Golden {
  readonly x: number[][];
  readonly y: number[][];
  readonly start: (number[] | number[][])[];
  readonly stages: readonly { readonly trained: readonly number[]; readonly steps: number }[];
  readonly losses: Readonly<Record<string, readonly number[]>>;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/freezing.json", import.meta.url), "utf8"),
);
const dtype = "float64";
const [x, y] = [tensor(golden.x, { dtype }), tensor(golden.y, { dtype })];

type Make = (model: Sequential) => Optimizer;
const OPTIMIZERS: Readonly<Record<string, Make>> = {
  SGD: (model) => new SGD(model, { learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }),
  Adam: (model) => new Adam(model, { learningRate: 0.02, weightDecay: 0.01 }),
  "Adam, amsgrad": (model) => new Adam(model, { learningRate: 0.02, amsgrad: true }),
  AdamW: (model) => new AdamW(model, { learningRate: 0.02, weightDecay: 0.1 }),
  NAdam: (model) => new NAdam(model, { learningRate: 0.02, weightDecay: 0.01 }),
  Adamax: (model) => new Adamax(model, { learningRate: 0.02, weightDecay: 0.01 }),
  RMSProp: (model) => new RMSProp(model, { learningRate: 0.01, momentum: 0.5, weightDecay: 0.01 }),
  Adagrad: (model) => new Adagrad(model, { learningRate: 0.05, weightDecay: 0.01 }),
  Adadelta: (model) => new Adadelta(model, { learningRate: 0.5, weightDecay: 0.01 }),
};

function makeModel(own: "float32" | "float64" = dtype): Sequential {
  const layers = [new Dense(4, 5), new Dense(5, 3), new Dense(3, 2)].map((layer, i) => {
    const [weight, bias] = golden.start
      .slice(2 * i, 2 * i + 2)
      .map((each) => tensor(each as number[]));
    const made = new Dense(layer.weight.shape[0] ?? 0, layer.weight.shape[1] ?? 0, { dtype: own });
    made.weight.assign((weight as Tensor).cast(own));
    made.bias?.assign((bias as Tensor).cast(own));
    return made;
  });
  const [first, second, third] = layers as [Dense, Dense, Dense];
  return new Sequential(first, new Tanh(), second, new Tanh(), third);
}

const INDICES = [0, 2, 4];

/** Freezes a model, and unfreezes some of its layers. */
function setStage(model: Sequential, layers: readonly number[]): void {
  freeze(model);
  unfreeze(
    model,
    layers.map((layer) => `layers.${INDICES[layer]}.*`),
  );
}

const lossOf = (model: Sequential) => meanSquaredError(model.forward(x), y);

/** Returns functions that make a training step in different ways, and return the loss. */
const WAYS: Readonly<Record<string, (model: Sequential, optimizer: Optimizer) => () => Tensor>> = {
  minimize: (model, optimizer) => () => optimizer.minimize(() => lossOf(model)),
  "compiled minimize": (model, optimizer) => compile(() => optimizer.minimize(() => lossOf(model))),
  valueAndGrad: (model, optimizer) => () => {
    const { value, gradient } = valueAndGrad(() => lossOf(model), { variables: model })();
    optimizer.step(gradient);
    return value;
  },
  "compiled valueAndGrad of a list": (model, optimizer) =>
    compile(() => {
      const { value, gradient } = valueAndGrad(() => lossOf(model), {
        variables: trained(model),
      })();
      optimizer.step(gradient);
      return value;
    }),
  trainingStep: (model, optimizer) => {
    const step = trainingStep(model, (own: Sequential, _: Tensor) => lossOf(own), optimizer);
    return () => step(x);
  },
  backward: (model, optimizer) => () => {
    model.zeroGradient();
    const output = model.forward(x);
    const error = output.sub(y);
    model.backward(error.mul(2 / error.size));
    optimizer.step();
    return error.square().mean();
  },
};

describe("stages of freezing and thawing", () => {
  const cases = Object.keys(OPTIMIZERS).flatMap((name) =>
    Object.keys(WAYS).map((way) => [name, way] as const),
  );
  test.each(cases)("have PyTorch's losses: %s by %s", (name, way) => {
    const model = makeModel();
    setStage(model, golden.stages[0]?.trained ?? []);
    const optimizer = (OPTIMIZERS[name] as Make)(model);
    const step = WAYS[way]?.(model, optimizer) as () => Tensor;
    const losses: number[] = [];
    for (const { trained: layers, steps } of golden.stages) {
      setStage(model, layers);
      const frozen = variables(model).filter(({ trainable }) => !trainable);
      const before = frozen.map(({ value }) => value);
      for (let i = 0; i < steps; i++) losses.push(step().item());
      frozen.forEach(({ value }, i) => {
        expectSameBits(value, before[i] as Tensor);
      });
    }
    const expected = golden.losses[name] ?? [];
    expect(losses.length).toBe(expected.length);
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - (expected[i] ?? 0)) / loss).toBeLessThan(1e-6);
    });
  });

  test("go on with the same bits from a state that was saved in the middle of one", () => {
    for (const [name, make] of Object.entries(OPTIMIZERS)) {
      const run = (stop: number | undefined) => {
        let model = makeModel("float32");
        let optimizer = make(model);
        let count = 0;
        for (const { trained: layers, steps } of golden.stages) {
          setStage(model, layers);
          for (let i = 0; i < steps; i++) {
            if (count++ === stop) {
              const saved = state({ model, optimizer });
              // A model that was unfrozen loads the state of a frozen one.
              model = makeModel("float32");
              optimizer = make(model);
              loadState({ model, optimizer }, saved);
              setStage(model, layers);
            }
            optimizer.minimize(() => lossOf(model));
          }
        }
        return variables(model).map(({ value }) => value);
      };
      const whole = run(undefined);
      run(7).forEach((value, i) => {
        expectSameBits(value, whole[i] as Tensor);
      });
      expect(name).not.toBe("");
    }
  });

  test("are those of fit, whose epochs thaw", async () => {
    const epochs = golden.stages.reduce((sum, { steps }) => sum + steps, 0);
    const stageAt = golden.stages.flatMap(({ trained: layers, steps }) =>
      Array.from({ length: steps }, () => layers),
    );
    for (const accumulate of [1, 2]) {
      const model = makeModel();
      setStage(model, stageAt[0] ?? []);
      const optimizer = (OPTIMIZERS["Adam"] as Make)(model);
      const batch = { x, y };
      const history = await fit(model, {
        data: accumulate === 1 ? [batch] : [batch, batch],
        loss: (own: Sequential) => lossOf(own),
        optimizer,
        epochs,
        accumulate,
        on: {
          epoch: ({ epoch }) => {
            if (epoch + 1 < epochs) setStage(model, stageAt[epoch + 1] ?? []);
          },
        },
      }).run();
      expect(history.rows.length).toBe(epochs);
      history.rows.forEach(({ training: { loss } }, i) => {
        expect(loss).toBeCloseTo(golden.losses["Adam"]?.[i] ?? 0, 9);
      });
    }
  });
});

/** Returns a model with trained parameters and other state: statistics, their count, and the seed of draws. */
function mixed() {
  return {
    encoder: new Sequential(new Dense(3, 4, { seed: 1 }), new BatchNorm(4), new Dropout(0.5)),
    head: new Dense(4, 1, { seed: 2 }),
    scale: new Variable(tensor(1)),
  };
}

const NAMES = [
  "encoder.layers.0.weight",
  "encoder.layers.0.bias",
  "encoder.layers.1.weight",
  "encoder.layers.1.bias",
  "head.weight",
  "head.bias",
  "scale",
];

/** Returns the names of Variables in a model, in the order of the list. */
function namesOf(model: object, list: readonly Variable[]): string[] {
  const found = new Map<unknown, string>();
  const visit = (value: unknown, path: string) => {
    if (value instanceof Variable) found.set(value, path);
    else if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value))
        visit(inner, path === "" ? key : `${path}.${key}`);
  };
  visit(model, "");
  return list.map((each) => found.get(each) ?? "?");
}

describe("parameters", () => {
  test("are listed in one order, frozen or not", () => {
    const model = mixed();
    expect(namesOf(model, variables(model))).toEqual(NAMES);
    freeze(model.encoder);
    expect(namesOf(model, variables(model))).toEqual(NAMES);
    expect(namesOf(model, trained(model))).toEqual(NAMES.slice(4));
    expect(model.encoder.variables).toEqual(variables(model.encoder));
    for (const each of variables(model.encoder)) each.trainable = true;
    expect(trained(model)).toEqual(variables(model));
    freeze(model);
    expect(trained(model)).toEqual([]);
    unfreeze(model);
    expect(namesOf(model, trained(model))).toEqual(NAMES);
  });

  test.each<[paths: string | string[], names: (name: string) => boolean]>([
    ["encoder", (name) => name.startsWith("encoder.")],
    ["encoder.*", (name) => name.startsWith("encoder.")],
    ["enc*", (name) => name.startsWith("encoder.")],
    ["*.bias", (name) => name.endsWith(".bias")],
    ["encoder.layers.1", (name) => name.startsWith("encoder.layers.1.")],
    ["scale", (name) => name === "scale"],
    ["*", () => true],
    [["head.weight", "encoder.*.weight"], (name) => /^head.weight|^encoder.*weight$/.test(name)],
    [[], () => false],
  ])("freeze and thaw by paths: %j", (paths, isChosen) => {
    const model = mixed();
    freeze(model, paths);
    expect(namesOf(model, trained(model))).toEqual(NAMES.filter((name) => !isChosen(name)));
    freeze(model);
    unfreeze(model, paths);
    expect(namesOf(model, trained(model))).toEqual(NAMES.filter(isChosen));
  });

  test("are never statistics, seeds and counts", () => {
    const model = mixed();
    freeze(model);
    unfreeze(model);
    const names = new Set(variables(model));
    const others = Object.values(flat(model)).filter((each) => !names.has(each));
    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const each of others) {
      expect(each.isParameter).toBe(false);
      expect(() => {
        each.trainable = true;
      }).toThrow("Variable.trainable: trainable: expected false for");
      each.trainable = false;
    }
    const { gradient } = valueAndGrad(() => model.scale.value.square(), { variables: model })();
    expect(namesOf({}, []).length).toBe(0);
    expect(Object.keys(gradient.encoder.layers[1] ?? {})).toEqual(["weight", "bias"]);
  });

  test("say what is wrong with a path", () => {
    const model = mixed();
    expect(() => freeze(model, "decoder.*")).toThrow(
      'freeze: paths: expected names such as encoder.layers.0.weight, got "decoder.*".',
    );
    // A path is neither a pattern of letters nor a part of a name.
    expect(() => unfreeze(model, "head.weigh")).toThrow("unfreeze: paths: expected names");
    expect(() => unfreeze(model, "head?weight")).toThrow("unfreeze: paths: expected names");
    expect(() => freeze(model, 3 as never)).toThrow(
      'freeze: paths: expected names such as "encoder.*", got 3.',
    );
    expect(() => freeze(3 as never)).toThrow("freeze: model: expected a Variable, a layer");
    const inside = compile(() => {
      freeze(model);
      return tensor(1);
    });
    expect(() => inside()).toThrow("Variable.trainable: expected a call outside of compiled");
    expect(trained(model)).toEqual(variables(model));
  });

  test("that are frozen have no share in a norm of gradients", () => {
    const model = { body: new Dense(2, 2, { seed: 1 }), head: new Dense(2, 1, { seed: 2 }) };
    const inputs = uniform([4, 2], { seed: 3 });
    const loss = () => model.head.forward(model.body.forward(inputs)).square().mean();
    freeze(model, "body");
    const { gradient } = valueAndGrad(loss, { variables: model })();
    const clipped = clipByGlobalNorm(gradient, 1e-3) as { head: { weight: Tensor; bias: Tensor } };
    const { weight, bias } = clipped.head;
    const norm = weight.square().sum().add(bias.square().sum()).sqrt().item();
    expect(norm).toBeCloseTo(1e-3, 8);
  });
});

/** Returns all Variables of a model, by reading its properties. */
function flat(model: object): Variable[] {
  return Object.values(model).flatMap((value) =>
    value instanceof Variable
      ? [value]
      : typeof value === "object" && value !== null
        ? flat(value)
        : [],
  );
}

describe("an optimizer", () => {
  const kinds = [Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, NAdam, RMSProp, SGD];
  test.each(kinds.map((Kind) => [Kind.name, Kind] as const))(
    "of a model that is wholly frozen is refused: %s",
    (name, Kind) => {
      const model = mixed();
      freeze(model);
      expect(() => new Kind(model, { learningRate: 0.1 })).toThrow(
        `${name}: variables: expected at least one trained Variable, in arrays, objects or layers, got frozen ones: unfreeze(model).`,
      );
      unfreeze(model, "head");
      expect(new Kind(model, { learningRate: 0.1 }).variables).toEqual(variables(model.head));
    },
  );

  test("that searches trains what is thawed, and leaves the rest", () => {
    const model = makeModel();
    freeze(model, "layers.0");
    const optimizer = new LBFGS(model);
    const [weight] = variables(model) as [Variable];
    const before = weight.value;
    const first = optimizer.minimize(() => lossOf(model)).loss;
    expectSameBits(weight.value, before);
    unfreeze(model);
    const second = optimizer.minimize(() => lossOf(model)).loss;
    expect(second).toBeLessThan(first);
    expect(weight.value.sub(before).abs().min().item()).toBeGreaterThan(0);
  });

  test("steps by gradients of a model or of nothing, unless all is frozen by then", () => {
    const model = makeModel();
    const optimizer = new SGD(model, { learningRate: 0.1 });
    freeze(model);
    expect(() => valueAndGrad(() => lossOf(model), { variables: model })).toThrow(
      "valueAndGrad: variables: expected at least one trained Variable, in arrays, objects or layers, got frozen ones: unfreeze(model).",
    );
    expect(() => optimizer.minimize(() => lossOf(model))).toThrow(
      "SGD.minimize: variables: expected at least one that is trained, got none.",
    );
  });
});

describe("summary", () => {
  test("has a column and totals of what is trained, where something is frozen", () => {
    const model = makeModel();
    expect(String(summary(model, x))).toContain("all trained");
    freeze(model, "layers.0");
    expect(String(summary(model, x))).toBe(
      [
        "layer         result   parameters  trained  flops",
        "Sequential    [16, 2]          51       26  1,600",
        "  Dense 4 → 5 [16, 5]          25        0    720",
        "  Tanh        [16, 5]           0        0     80",
        "  Dense 5 → 3 [16, 3]          18       18    528",
        "  Tanh        [16, 3]           0        0     48",
        "  Dense 3 → 2 [16, 2]           8        8    224",
        "51 parameters, 26 trained, 408 bytes",
      ].join("\n"),
    );
    const { rows, parameters, trained: count } = summary(model, x);
    expect([parameters, count, rows[1]?.trained, rows[1]?.parameters]).toEqual([51, 26, 0, 25]);
  });
});

describe("copyState", () => {
  const values = (model: object) => flat(model).map(({ value }) => value);

  test("copies what loadState would, to frozen parameters, too", () => {
    const [from, to, other] = [mixed(), mixed(), mixed()];
    for (const each of variables(from)) each.assign(each.value.add(1));
    from.encoder.forward(uniform([8, 3], { seed: 5 }));
    freeze(to);
    copyState(from, to);
    loadState(other, state(from));
    values(to).forEach((value, i) => {
      expectSameBits(value, values(other)[i] as Tensor);
    });
    expect(trained(to)).toEqual([]);
  });

  test.each(["eagerly", "compiled"])(
    "moves parameters by a rate, and copies the rest, %s",
    (way) => {
      const [from, to] = [mixed(), mixed()];
      for (const each of variables(from)) each.assign(each.value.add(1));
      from.encoder.forward(uniform([8, 3], { seed: 5 }));
      const before = new Map(variables(to).map((each) => [each, each.value]));
      const move = () => copyState(from, to, { rate: 0.25 });
      (way === "compiled" ? compile(move) : move)();
      flat(to).forEach((target, i) => {
        const source = (flat(from)[i] as Variable).value;
        const start = before.get(target);
        const expected = start === undefined ? source : start.add(source.sub(start).mul(0.25));
        expectSameBits(target.value, expected);
      });
    },
  );

  test("says what does not fit", () => {
    const [small, large] = [new Dense(2, 1), new Dense(3, 1)];
    expect(() => copyState(small, large)).toThrow(
      "copyState: weight: expected a float32 Tensor of shape [3, 1], got a float32 Tensor of shape [2, 1]. Both have parts of the same names.",
    );
    expect(() => copyState({ small }, { large })).toThrow("copyState:");
    expect(() => copyState(small, small, { rate: 2 })).toThrow("copyState: rate: expected");
    expect(() => copyState(small, 3 as never)).toThrow("copyState: to: expected");
    expect(() => copyState(3 as never, small)).toThrow("copyState: from: expected");
  });
});
