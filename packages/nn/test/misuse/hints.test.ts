/** Messages that tell newcomers what to do: the path in a model, the labels, or the order of axes. */

import * as gd from "@graddiff/core";
import { compile, Layer, moveAxis, Relu, type Tensor, valueAndGrad, zeros } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import {
  errorOf,
  imitatedVariable,
  imitation,
  messageOf,
  x as values,
  weight,
  wrong,
} from "../../../core/test/misuse/support.ts";
import * as nn from "../../src/index.ts";
import {
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  crossEntropy,
  Dense,
  Sequential,
} from "../../src/index.ts";

describe("an error inside of a layer names its way", () => {
  const chain = new Sequential(new Dense(3, 5), new Relu(), new Dense(4, 2));
  const x = zeros([1, 3]);

  test("in a chain", () => {
    expect(messageOf(() => chain.forward(x))).toBe(
      "matmul: expected as many columns of x as rows of y, got shapes [1, 5] and [4, 2]. " +
        "In Sequential.layers[2], Dense 4 → 2.",
    );
    expect(messageOf(() => new Dense(4, 2).forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
  });

  test("in layers of one's own, lists and objects", () => {
    class Block extends Layer {
      readonly parts = { first: new Dense(3, 3), list: [new Relu(), chain] };
      readonly data = new Float32Array(3);
      override compute(input: Tensor): Tensor {
        return this.parts.list.reduce(
          (value, layer) => layer.forward(value),
          this.parts.first.forward(input),
        );
      }
    }
    const block = new Block();
    const way = "In Block.parts.list[1].layers[2], Dense 4 → 2.";
    expect(messageOf(() => block.forward(x))).toMatch(way);
    const { variables } = block;
    const loss = () => block.forward(x).sum();
    expect(messageOf(() => valueAndGrad(loss, { variables })())).toMatch(way);
    const error = errorOf(() => compile(loss)()) as Error;
    expect(error.message).toContain(way);
    expect(error.message).toMatch(/\[hints\.test\.ts:\d+:\d+\]$/);
    expect(error.stack).toContain(way);
    // Later errors do not name the model any more.
    expect(messageOf(() => new Dense(4, 2).forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
    expect(messageOf(() => x.matmul(x))).not.toContain("In ");
  });

  test("and layers that are no part of it name themselves", () => {
    class Loose extends Layer {
      override compute(input: Tensor): Tensor {
        return chain.forward(input);
      }
    }
    expect(messageOf(() => new Loose().forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
    expect(String(new Loose())).toBe("Loose");
    expect(new Loose()).toBeInstanceOf(Layer);
  });
});

test("one-hot labels are called so at once", () => {
  const logits = zeros([2, 3]);
  expect(messageOf(() => crossEntropy(logits, zeros([2, 3])))).toBe(
    "crossEntropy: classes: expected the right class of each row of logits, as int32 of shape [2], " +
      "got float32 of shape [2, 3], as one-hot labels have. Pass the place of the 1 in each row in place of the row.",
  );
  expect(messageOf(() => crossEntropy(logits, zeros([2])))).toBe(
    "crossEntropy: classes: expected the right class of each row of logits, as int32 of shape [2], " +
      'got float32 of shape [2]. Make them with tensor(classes, { dtype: "int32" }).',
  );
});

test("an image whose channels are last is told the order of axes, and how to get it", () => {
  const image = zeros([2, 8, 9, 3]);
  const moved =
    "x is [batch, channels, height, width]: moveAxis(x, -1, 1) puts channels there that are last.";
  expect(messageOf(() => new Conv2d(3, 4, 3).forward(image))).toBe(
    "conv2d: weight: expected 8 channels on axis 1, for 8 of x in groups: 1, got [4, 3, 3, 3]. " +
      `${moved} In Conv2d 3 → 4, 3 × 3.`,
  );
  expect(messageOf(() => new ConvTranspose2d(3, 4, 3).forward(image))).toContain(moved);
  expect(messageOf(() => new Conv1d(3, 4, 3).forward(zeros([2, 9, 3])))).toContain(
    "x is [batch, channels, width]: moveAxis(x, -1, 1)",
  );
  expect(messageOf(() => new BatchNorm(3).forward(image))).toContain("moveAxis(x, -1, 1)");
  expect(new Conv2d(3, 4, 3).forward(moveAxis(image, -1, 1)).shape).toEqual([2, 4, 6, 7]);
  // No axis has the right length, so the message does not suggest moving one.
  expect(messageOf(() => new Conv2d(3, 4, 3).forward(zeros([2, 8, 9, 5])))).toMatch(
    /x is \[batch, channels, height, width\]\. In/,
  );
  expect(messageOf(() => new BatchNorm(3).forward(zeros([2, 4])))).not.toContain("moveAxis");
});

describe("optimizers", () => {
  const optimizer = () => new nn.Adam([weight()], { learningRate: 1 });
  const create = (Class: unknown) =>
    new (Class as new (...given: unknown[]) => nn.Optimizer)([weight()], {
      learningRate: 1,
    });
  test.each([
    [
      () => create(nn.Optimizer).step(),
      "Optimizer.step: expected a class with a method update, got one without. This class is to be extended.",
    ],
    [
      () => new nn.SGD(wrong([values]), { learningRate: 1 }),
      "SGD: variables[0]: expected a Variable, or an object or array of them, got a float64 Tensor of shape [3]. Make it one with new Variable(…).",
    ],
    [
      () => new nn.SGD(wrong(new Array(1)), { learningRate: 1 }),
      "SGD: variables[0]: expected a Variable, or an object or array of them, got undefined.",
    ],
    [
      () => new nn.SGD([weight()], wrong(undefined)),
      "SGD: learningRate: expected a finite number from 0, got undefined.",
    ],
    [
      () => new nn.Adam([weight()], { learningRate: 1, beta1: 1 }),
      "Adam: beta1: expected a number from 0 to below 1, got 1.",
    ],
    [
      () => optimizer().step(wrong([null])),
      "Adam.step: gradients[0]: expected a Tensor or a number, got null. Make tensors of arrays with tensor([…]); read a Variable with .value.",
    ],
    [
      () => optimizer().step([gd.tensor([1])]),
      "Adam.step: gradients[0]: expected the Variable's shape [2], got [1].",
    ],
  ])("refuse what they cannot use: %#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });

  test("a refused gradient changes no Variable", () => {
    const variables = [weight(), weight()];
    const sgd = new nn.SGD(variables, { learningRate: 1, momentum: 0.5 });
    errorOf(() => sgd.step([gd.tensor([1, 1]), gd.tensor([1])]));
    for (const { value } of variables) expect(value.toArray()).toEqual([1, 2]);
  });

  test("an optimizer of one's own may have options of its own", () => {
    class Fixed extends nn.Optimizer {
      readonly step1: number;
      constructor(
        variables: readonly gd.Variable[],
        options: nn.OptimizerOptions & { size: number },
      ) {
        super(variables, options);
        this.step1 = options.size;
      }
      protected override update(variable: gd.Variable): gd.Tensor {
        return variable.value.sub(this.step1);
      }
    }
    const w = weight();
    new Fixed([w], { learningRate: 1, size: 1 }).step([gd.tensor([0, 0])]);
    expect(w.value.toArray()).toEqual([0, 1]);
  });
});

test("what has the prototype of a tensor or a Variable is none yet", () => {
  const { Tensor, Variable } = gd;
  for (const fake of [imitation, imitatedVariable, Tensor.prototype, Variable.prototype].map(
    wrong,
  )) {
    for (const call of [
      () => nn.meanSquaredError(values, fake),
      () => new nn.SGD([fake], { learningRate: 1 }),
      () => new nn.SGD([weight()], { learningRate: 1 }).step([fake]),
    ]) {
      expect(errorOf(call)).toBeInstanceOf(gd.GraddiffError);
    }
  }
});

test("definitions of authors are objects of readers and functions", () => {
  const whole = {
    name: "own",
    options: {},
    settings: () => undefined,
    start: () => ({}),
    add: () => ({}),
    result: () => zeros([]),
  };
  const calls: readonly (readonly [() => unknown, string])[] = [
    [() => nn.metric(wrong(undefined)), "metric: definition: expected an object with settings,"],
    [() => nn.metric(wrong({ ...whole, add: 1 })), "metric: definition.add: expected a function"],
    [() => nn.metric(wrong({ ...whole, name: 1 })), "metric: definition.name: expected a name"],
    [() => nn.metric(wrong({ ...whole, options: 3n })), "metric: definition.options: expected"],
    [
      () => nn.updateRule(wrong([3n]), { update: () => zeros([]) }),
      "updateRule: readers: expected",
    ],
    [() => nn.updateRule({}, wrong("")), "updateRule: rule: expected an object with update"],
    [() => nn.updateRule({ beta: wrong(1) }, wrong({})), "updateRule: readers.beta: expected"],
    [() => nn.pairLoss("own", { scale: wrong(1) }, (x) => x), "pairLoss: options.scale: expected"],
  ];
  for (const [call, message] of calls) expect(messageOf(call)).toContain(message);
});
