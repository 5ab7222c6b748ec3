/** findNaN names the op at which a value or a gradient stops being finite, and changes nothing. */

import {
  checkpoint,
  compile,
  cond,
  customGradient,
  findNaN,
  grad,
  Layer,
  log,
  type NaNReport,
  relu,
  scan,
  softmax,
  sqrt,
  state,
  type Tensor,
  tensor,
  topK,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  where,
  whileLoop,
  zeros,
} from "@graddiff/core";
import { expect, describe as group, test } from "vitest";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import {
  Adam,
  BatchNorm,
  crossEntropy,
  Dense,
  Dropout,
  LSTM,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

sampleTests(4);

function found(report: NaNReport | undefined): NaNReport {
  if (report === undefined) throw new Error("nothing was found");
  return report;
}

const entropy = (p: Tensor) => p.mul(p.log()).sum().neg();

test("nothing is found where all is finite", () => {
  expect(findNaN(entropy)(tensor([0.5, 0.25]))).toBeUndefined();
  expect(findNaN((x: Tensor) => ({ a: x.mul(2), b: [x] }))(tensor([1, 2]))).toBeUndefined();
  expect(findNaN(() => tensor([1, 2], { dtype: "int32" }))()).toBeUndefined();
});

group("values", () => {
  test("the op, its line, the ranges of its inputs and the way to the result", () => {
    const report = found(findNaN(entropy)(tensor([0.5, 0, 0.25])));
    expect(report).toMatchObject({
      kind: "value",
      op: "log",
      layerPath: undefined,
      inputs: [{ shape: [3], dtype: "float32", least: 0, greatest: 0.5, notFinite: 0, nan: 0 }],
      output: { shape: [3], notFinite: 1, nan: 0 },
      cotangent: undefined,
      way: ["log", "mul", "sum", "neg"],
    });
    expect(report.line).toMatch(/^findNaN\.test\.ts:\d+:\d+$/);
    expect(report.output.least).toBeCloseTo(Math.log(0.25));
  });

  test("of several faults the first that has come to the result", () => {
    const loss = (x: Tensor) => {
      x.log();
      return x.sqrt().add(x.sub(1).log()).sum();
    };
    expect(found(findNaN(loss)(tensor([0, 2]))).op).toBe("log");
    expect(found(findNaN(loss)(tensor([0, 2]))).inputs[0]?.least).toBe(-1);
  });

  test("a mask of −Infinity that disappears is no fault", () => {
    const scores = (mask: Tensor) => (x: Tensor) =>
      softmax(where(mask, x, Number.NEGATIVE_INFINITY)).sum();
    expect(findNaN(scores(tensor([true, false])))(tensor([1, 2]))).toBeUndefined();
    const both = (x: Tensor) => scores(tensor([true, false]))(x).add(x.sub(1).log().sum());
    expect(found(findNaN(both)(tensor([1, 2]))).op).toBe("log");
  });

  test("of a mask that hides all the op is told that makes NaN", () => {
    const all = (x: Tensor) => where(tensor([false, false]), x, Number.NEGATIVE_INFINITY);
    const report = found(findNaN((x: Tensor) => softmax(all(x)).sum())(tensor([1, 2])));
    expect(report).toMatchObject({ kind: "value", op: "softmax", inputs: [{ notFinite: 2 }] });
    expect(found(findNaN(all)(tensor([1, 2]))).op).toBe("where");
  });

  test("values of constants, and results of trees", () => {
    const report = findNaN((x: Tensor) => ({ a: x, b: tensor([0]).log() }))(tensor([1]));
    expect(found(report)).toMatchObject({ op: "log", way: ["log"] });
  });

  test("ops of several results", () => {
    const loss = (x: Tensor) => topK(x.log(), 3).values.sum();
    expect(found(findNaN(loss)(tensor([-1, 2, 3]))).way).toEqual(["log", "topK", "sum"]);
  });

  test("conditions on values are read", () => {
    const loss = (x: Tensor) => (x.item() > 0 ? x.log() : x.sqrt());
    expect(found(findNaN(loss)(-1)).op).toBe("sqrt");
  });

  test("gradients inside of the function are ops like others", () => {
    const slope = (x: Tensor) => grad((y: Tensor) => y.sqrt())(x).mul(2);
    expect(found(findNaN(slope)(0)).way.at(-1)).toBe("mul");
  });
});

group("inputs", () => {
  test("an argument is told by its name and key", () => {
    const loss = (x: Tensor, { weight }: { weight: Tensor }) => x.mul(weight).sum();
    const report = found(findNaN(loss)(tensor([1]), { weight: tensor([Number.NaN]) }));
    expect(report).toMatchObject({
      kind: "input",
      op: "weight",
      inputs: [],
      output: { notFinite: 1, nan: 1, least: undefined, greatest: undefined },
      way: ["mul", "sum"],
    });
    expect(
      found(findNaN(loss)(tensor([Number.POSITIVE_INFINITY]), { weight: tensor([1]) })).op,
    ).toBe("x");
  });

  test("a Variable is told by its layer", () => {
    const model = new Sequential(new Dense(2, 2, { seed: 1 }), relu, new Dense(2, 1, { seed: 2 }));
    const [, , , bias] = model.variables;
    bias?.assign(tensor([Number.NaN]));
    const report = found(findNaN((x: Tensor) => model.forward(x).sum())(zeros([3, 2])));
    expect(report).toMatchObject({
      kind: "input",
      op: "Variable bias",
      layerPath: "Sequential.layers[2], Dense 2 → 1",
    });
  });

  test("a captured tensor is a constant", () => {
    const data = tensor([1, Number.NaN]);
    expect(found(findNaN((x: Tensor) => x.mul(data).sum())(2))).toMatchObject({
      kind: "input",
      op: "constant",
    });
  });
});

group("gradients", () => {
  test("the op whose derivative is not finite, though its value is", () => {
    const norm = (x: Tensor) => x.square().sum().sqrt().mul(3);
    const report = found(findNaN(norm)(tensor([0, 0])));
    expect(report).toMatchObject({
      kind: "gradient",
      op: "sqrt",
      inputs: [{ least: 0, greatest: 0, notFinite: 0 }],
      output: { shape: [], notFinite: 1 },
      cotangent: { least: 3, greatest: 3 },
      way: ["sqrt", "mul"],
    });
    expect(report.line).toMatch(/^findNaN\.test\.ts:/);
  });

  test("what where has hidden comes back as NaN", () => {
    const safe = (x: Tensor) => where(x.greater(0), x.log(), 0).sum();
    expect(found(findNaN(safe)(tensor([0, 1])))).toMatchObject({ kind: "gradient", op: "log" });
  });

  test("of Variables that are trained, and of no others", () => {
    const trained = new Variable(tensor(0));
    const fixed = new Variable(tensor(0), { trainable: false });
    const loss = (own: Variable) => (x: Tensor) => own.value.sqrt().add(x);
    expect(found(findNaN(loss(trained))(1))).toMatchObject({ kind: "gradient", op: "sqrt" });
    expect(findNaN(loss(fixed))(1)).toBeUndefined();
    expect(found(findNaN(() => trained.value.sqrt())()).op).toBe("sqrt");
  });

  test("a sum of gradients that grows too large", () => {
    const large = (x: Tensor) => x.mul(3e38).add(x.mul(3e38)).sum();
    expect(found(findNaN(large)(tensor([1e-30])))).toMatchObject({ kind: "gradient", op: "mul" });
  });

  test("of scalars alone", () => {
    expect(findNaN(sqrt)(tensor([0, 1]))).toBeUndefined();
    expect(found(findNaN(sqrt)(0)).kind).toBe("gradient");
  });

  test("ops without a derivative are constants", () => {
    const accuracy = (x: Tensor) => x.cast("int32").cast("float32").mean();
    expect(findNaN(accuracy)(tensor([1.5, 2]))).toBeUndefined();
    const shifted = (x: Tensor, by: Tensor) =>
      tensor([1, 2], { dtype: "int32" }).add(by).cast("float32").mul(x).sum();
    expect(findNaN(shifted)(tensor([1, 2]), 3)).toBeUndefined();
  });

  test("of several faults the first on the way back", () => {
    const loss = (y: Tensor, x: Tensor) => {
      const first = x.sqrt();
      return y.pow(0.5).add(first);
    };
    expect(found(findNaN(loss)(tensor(0), tensor(0))).op).toBe("pow");
  });

  test("what is masked again on the way back is no fault", () => {
    const safe = (x: Tensor) => {
      const isPositive = x.greater(0);
      const root = where(isPositive, x, 0).sqrt();
      return where(isPositive, root, 0).sum();
    };
    expect(findNaN(safe)(tensor([0, 4]))).toBeUndefined();
  });
});

group("functions in functions", () => {
  test("compiled ones, before and after they were compiled", () => {
    const inner = compile((x: Tensor) => x.sub(1).log().mul(2));
    const loss = (x: Tensor) => inner(x).sum();
    expect(found(findNaN(loss)(tensor([1, 2])))).toMatchObject({ op: "log", kind: "value" });
    expect(found(findNaN(loss)(tensor([1, 2]))).way).toEqual(["log", "mul", "sum"]);
    expect(found(findNaN(inner)(tensor([1, 2]))).op).toBe("log");
    const variable = new Variable(tensor([0]));
    const ofVariable = compile(() => variable.value.sqrt().sum());
    ofVariable();
    expect(found(findNaN(ofVariable)())).toMatchObject({ kind: "gradient", op: "sqrt" });
  });

  test("compiled ones, whose layers and lines are seen", () => {
    const model = new Sequential(new Dense(1, 1, { seed: 1 }), (x: Tensor) => x.mul(0).log());
    const loss = compile((x: Tensor) => model.forward(x).sum());
    loss(tensor([[1]]));
    const report = found(findNaN(loss)(tensor([[1]])));
    expect(report).toMatchObject({ op: "log", kind: "value" });
    expect(report.layerPath).toContain("Sequential.layers[1]");
    expect(report.line).toMatch(/^findNaN\.test\.ts:/);
    // Plain numbers are tensors inside of a compiled function.
    const scaled = compile((x: Tensor, rate: Tensor, n: number) => x.log().mul(rate).sum().mul(n), {
      static: [2],
    });
    expect(found(findNaN((x: Tensor) => scaled(x, 2, 3))(tensor([0]))).way).toEqual([
      "log",
      "mul",
      "sum",
      "mul",
    ]);
  });

  test("a step of a scan, forwards and in reverse", () => {
    const running = (reverse: boolean) => (xs: Tensor) => {
      const step = (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.add(x.log()), sum.mul(2)];
      const [sum, all] = scan(step, tensor(0), xs, { reverse });
      return sum.add(all.sum());
    };
    const xs = tensor([1, 2, 3, 0, 5]);
    for (const reverse of [false, true]) {
      const report = found(findNaN(running(reverse))(xs));
      expect(report).toMatchObject({ op: "log", layerPath: "step 3 of scan", kind: "value" });
      expect(report.line).toMatch(/^findNaN\.test\.ts:/);
    }
    expect(findNaN(running(true))(tensor([1, 2]))).toBeUndefined();
  });

  test("the gradient of a step of a scan", () => {
    const loss = (xs: Tensor) =>
      scan((sum: Tensor, x: Tensor): [Tensor, null] => [sum.add(x.sqrt()), null], tensor(0), xs)[0];
    const report = found(findNaN(loss)(tensor([1, 2, 0, 4])));
    expect(report).toMatchObject({ kind: "gradient", op: "sqrt", layerPath: "step 2 of scan" });
  });

  test("a step of a while loop, and of a scan in it", () => {
    const loss = (x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.greater(-2),
        (y: Tensor) =>
          scan(
            (z: Tensor, one: Tensor): [Tensor, null] => [z.sub(one), null],
            y,
            tensor([1, 1]),
          )[0],
        x,
      ).sqrt();
    expect(found(findNaN(loss)(tensor(3))).op).toBe("sqrt");
    const inside = (x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.greater(-2),
        (y: Tensor) =>
          scan(
            (z: Tensor, one: Tensor): [Tensor, null] => [z.sub(one).add(z.log().mul(0)), null],
            y,
            tensor([1, 1]),
          )[0],
        x,
      );
    expect(found(findNaN(inside)(tensor(3)))).toMatchObject({
      op: "log",
      layerPath: "step 1 of while, step 1 of scan",
    });
  });

  test("the branch of a cond that was taken, and no other", () => {
    const loss = (x: Tensor) =>
      cond(
        x.greater(0),
        () => x.log(),
        () => x.sqrt(),
      );
    expect(findNaN(loss)(tensor(2))).toBeUndefined();
    expect(found(findNaN(loss)(tensor(-2)))).toMatchObject({
      op: "sqrt",
      layerPath: "whenFalse of cond",
    });
  });

  test("a checkpoint, its value and its gradient", () => {
    const loss = checkpoint((x: Tensor) => x.sqrt().mul(2));
    expect(found(findNaN((x: Tensor) => loss(x).neg())(tensor(-1)))).toMatchObject({
      op: "sqrt",
      layerPath: "checkpoint",
      way: ["sqrt", "mul", "neg"],
    });
    expect(found(findNaN((x: Tensor) => loss(x).neg())(tensor(0)))).toMatchObject({
      kind: "gradient",
      op: "sqrt",
    });
  });

  test("a derivative of the user's is one op", () => {
    const root = customGradient(
      (x: Tensor) => x.sqrt(),
      (cotangent) => [cotangent],
    );
    expect(findNaN((x: Tensor) => root(x))(tensor(0))).toBeUndefined();
    expect(found(findNaN((x: Tensor) => root(x))(tensor(-1))).op).toBe("customGradient");
  });
});

group("layers", () => {
  class Log extends Layer {
    compute(x: Tensor): Tensor {
      return log(x);
    }
  }

  test("the way to the layer", () => {
    const model = new Sequential(new Dense(2, 2, { seed: 1 }), relu, new Sequential(new Log()));
    const report = found(findNaN((x: Tensor) => model.forward(x).sum())(zeros([1, 2])));
    expect(report).toMatchObject({ op: "log", layerPath: "Sequential.layers[2].layers[0], Log" });
    expect(String(report)).toMatch(/layer +Sequential\.layers\[2\]\.layers\[0\], Log\n/);
  });

  test("layers in steps, and loops in layers", () => {
    const model = new Sequential(new Dense(2, 2, { seed: 1 }), new Log());
    const loss = (xs: Tensor) =>
      scan(
        (sum: Tensor, x: Tensor): [Tensor, null] => [sum.add(model.forward(x).sum()), null],
        tensor(0),
        xs,
      )[0];
    const report = found(findNaN(loss)(zeros([2, 1, 2])));
    expect(report.layerPath).toBe("step 0 of scan, Sequential.layers[1], Log");
    const line = (each: (x: Tensor) => Tensor) => {
      const own = (xs: Tensor) =>
        scan(
          (sum: Tensor, x: Tensor): [Tensor, null] => {
            const term = each(x);
            return [sum.add(term.sum()), null];
          },
          tensor(0),
          xs,
        )[0];
      return Number(found(findNaN(own)(zeros([2, 1, 2]))).line?.split(":")[1]);
    };
    const here = Number(/findNaN\.test\.ts[^:]*:(\d+)/.exec(new Error().stack ?? "")?.[1]);
    expect(line((x) => x.log())).toBe(here + 1);
    // For an op of a layer, the line is inside the layer, which is defined above.
    expect(line((x) => new Log().forward(x))).toBeLessThan(here);
    class Running extends Layer {
      compute(xs: Tensor): Tensor {
        const step = (sum: Tensor, x: Tensor): [Tensor, null] => [sum.add(x.log()), null];
        return scan(step, tensor(0), xs)[0];
      }
    }
    const running = new Sequential(new Running());
    const inside = found(findNaN((xs: Tensor) => running.forward(xs))(tensor([1, 0])));
    expect(inside.layerPath).toBe("Sequential.layers[0], Running, step 1 of scan");
    const lstm = new LSTM(2, 3, { seed: 1 });
    const logs = (xs: Tensor) => lstm.forward(xs).output.sub(2).log();
    expect(found(findNaN(logs)(zeros([1, 2, 2]))).way).toEqual(["log"]);
    expect(findNaN((xs: Tensor) => lstm.forward(xs).output.mean())(zeros([1, 3, 2]))).toBe(
      undefined,
    );
  });

  test("the line of a layer that stands deep in others", () => {
    let model = new Sequential(new Log());
    for (let i = 0; i < 12; i++) model = new Sequential(model);
    const report = found(findNaN((x: Tensor) => model.forward(x).sum())(zeros([1])));
    expect(report.line).toMatch(/^findNaN\.test\.ts:/);
  });
});

test("state is as before", () => {
  const model = new Sequential(
    new Dense(2, 4, { seed: 1 }),
    new BatchNorm(4),
    new Dropout(0.5, { seed: 2 }),
    new Dense(4, 2, { seed: 3 }),
  );
  const optimizer = new SGD(model.variables, { learningRate: 0.1, momentum: 0.9 });
  const [x, y] = [uniform([8, 2], { seed: 4 }), zeros([8], { dtype: "int32" })];
  const step = () => {
    const loss = () => crossEntropy(model.forward(x), y);
    const { value, gradient } = valueAndGrad(loss, { variables: model.variables })();
    optimizer.step(gradient);
    return value;
  };
  step();
  const before = [JSON.stringify(state(model)), JSON.stringify(state(optimizer))];
  expect(findNaN(step)()).toBeUndefined();
  expect(findNaN(compile(step))()).toBeUndefined();
  expect([JSON.stringify(state(model)), JSON.stringify(state(optimizer))]).toEqual(before);
  step();
  expect(JSON.stringify(state(model))).not.toBe(before[0]);
});

test("loops that are run step by step give what they give otherwise", () => {
  const told: string[] = [];
  const noisy = new Sequential(new Dropout(0.5, { seed: 1 }), new Dense(1, 1, { seed: 2 }));
  const drawn = (xs: Tensor) =>
    scan(
      (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum, noisy.forward(x.reshape([1, 1]))],
      tensor(0),
      xs,
    )[1];
  const loss = (xs: Tensor) => {
    const step = (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.mul(x).sin(), sum.add(x)];
    const forwards = scan(step, tensor(1), xs);
    const backwards = scan(step, tensor(1), xs, { reverse: true, checkpoint: 2 });
    const none = scan(step, tensor(1), xs.at([0, 0]));
    const root = whileLoop(
      (y: Tensor) => y.square().sub(2).abs().greater(1e-3),
      (y: Tensor) => y.add(y.pow(-1).mul(2)).div(2),
      tensor(1),
      { maxSteps: 20 },
    );
    const slope = grad((ys: Tensor) => scan(step, tensor(1), ys, { reverse: true })[0])(xs);
    const draws = drawn(xs);
    told.push(String([forwards, backwards, none, root, slope, draws].flat().map(String)));
    return forwards[0].add(root);
  };
  const xs = tensor([0.5, 2, 3, 4]);
  expect(findNaN(loss)(xs)).toBeUndefined();
  loss(xs);
  expect(told[1]).toBe(told[0]);
  const endless = (x: Tensor) =>
    whileLoop(
      (y: Tensor) => y.greater(0),
      (y: Tensor) => y.add(1),
      x,
      { maxSteps: 3 },
    );
  expect(() => findNaN(endless)(tensor(1))).toThrow("whileLoop: maxSteps: expected");
});

test("gradients that layers have added up are news as before", () => {
  const model = new Dense(2, 1, { seed: 1 });
  const optimizer = new SGD(model.variables, { learningRate: 0.1 });
  model.forward(zeros([1, 2]));
  model.backward(tensor([[1]]));
  expect(findNaN(() => String(model.bias?.gradient) && tensor(1))()).toBeUndefined();
  expect(findNaN(() => optimizer.step())()).toBeUndefined();
  const before = String(model.bias?.value);
  optimizer.step();
  expect(String(model.bias?.value)).not.toBe(before);
});

test("a Variable that the function makes is its own, and what only is read is no result", () => {
  const made = (x: Tensor) => new Variable(x.log()).value.sum();
  expect(found(findNaN(made)(tensor([-1]))).way).toEqual(["log", "sum"]);
  const variable = new Variable(tensor(0));
  variable.accumulateGradient(tensor(Number.NaN));
  const loss = (x: Tensor) => (variable.gradient.item() > 0 ? x : x.mul(2));
  expect(findNaN(loss)(tensor(1))).toBeUndefined();
});

test("what is assigned counts as a result, and is undone", () => {
  const variable = new Variable(tensor(1));
  const update = () => variable.assign(variable.value.sub(2).log());
  expect(found(findNaN(update)())).toMatchObject({ op: "log", way: ["log"] });
  expect(variable.value.item()).toBe(1);
  expect(() =>
    findNaN(() => {
      variable.assign(tensor(5));
      throw new Error("mine");
    })(),
  ).toThrow("mine");
  expect(variable.value.item()).toBe(1);
});

test("loops in segments, and batches of loops", () => {
  const roots = (checkpoint: "sqrt" | false) => (xs: Tensor) =>
    scan((sum: Tensor, x: Tensor): [Tensor, null] => [sum.add(x.sqrt()), null], tensor(0), xs, {
      checkpoint,
    })[0];
  const report = found(findNaN(roots("sqrt"))(tensor([1, 2, 3, 0, 2, 3, 4, 5, 6])));
  expect(report).toMatchObject({
    kind: "gradient",
    op: "sqrt",
    layerPath: "step 1 of scan, checkpoint, step 0 of scan",
  });
  const batch = (xs: Tensor) => vectorize(roots(false))(xs).sum();
  const rows = tensor([
    [1, 2],
    [3, -1],
  ]);
  expect(found(findNaN(batch)(rows))).toMatchObject({ op: "sqrt", layerPath: "step 1 of scan" });
});

test("it can be called inside of what it looks at, and of a gradient", () => {
  const inner: (string | undefined)[] = [];
  const loss = (x: Tensor) => {
    inner.push(findNaN((y: Tensor) => y.log())(x)?.op);
    return x.sqrt();
  };
  expect(found(findNaN(loss)(0)).op).toBe("sqrt");
  expect(grad(loss)(4).item()).toBe(0.25);
  expect(inner).toEqual(["log", undefined]);
});

test("a training step changes nothing, and is as good as before", () => {
  const model = new Sequential(new Dense(2, 2, { seed: 1 }), relu, new Dense(2, 1, { seed: 2 }));
  const optimizer = new Adam(model.variables, { learningRate: 0.1 });
  const told = () => JSON.stringify([state(model), state(optimizer)]);
  const loss = (own: typeof model, x: Tensor) => own.forward(x).sum().sub(100).log();
  const step = trainingStep(model, loss, optimizer);
  const before = told();
  expect(found(findNaN((x: Tensor) => step(x))(zeros([3, 2])))).toMatchObject({ op: "log" });
  expect(told()).toBe(before);
  step(zeros([3, 2]));
  expect(told()).not.toBe(before);
});

test("a long way is cut in the text", () => {
  const text = String(
    found(
      findNaN(
        (xs: Tensor) =>
          scan(
            (sum: Tensor, x: Tensor): [Tensor, null] => [sum.add(x), null],
            tensor(-1).log(),
            xs,
          )[0],
      )(zeros([100])),
    ),
  );
  expect(text).toContain("way      log → add → add → add → add → 91 others → add → add");
});

test("the report as text", () => {
  const text = String(found(findNaN(entropy)(tensor([0.5, 0])))).replace(/line .*/, "line …");
  expect(text).toBe(
    [
      "The value of log is not finite.",
      "  line …",
      "  input 0  float32 [2], from 0 to 0.5",
      "  value    float32 [2], from -0.6931471824645996 to -0.6931471824645996, 1 infinite",
      "  way      log → mul → sum → neg",
    ].join("\n"),
  );
});

group("errors", () => {
  const wrong = (value: unknown) => value as (x: Tensor) => Tensor;
  test.each([
    ["no function", () => findNaN(wrong(3)), "findNaN: fn: expected a function, got 3."],
    [
      "a number",
      () => findNaN(wrong((x: Tensor) => x && 3))(1),
      "findNaN: result: expected a Tensor from the differentiated function, got 3.",
    ],
    [
      "nothing",
      () => findNaN(wrong((x: Tensor) => x && undefined))(1),
      "findNaN: result: expected a Tensor from the differentiated function, got undefined.",
    ],
    ["a Promise", () => findNaN(wrong(async () => {}))(1), "findNaN: fn: expected a function"],
    [
      "inside compile",
      () => compile((x: Tensor) => (findNaN(entropy)(x) === undefined ? x : x.neg()))(tensor([1])),
      "findNaN: expected a tensor whose elements can be read",
    ],
  ])("%s", (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
