import {
  Adam,
  arange,
  cond,
  crossEntropy,
  Dense,
  eye,
  grad,
  linspace,
  matmul,
  named,
  ones,
  Relu,
  Sequential,
  SGD,
  scan,
  split,
  state,
  type Tensor,
  take,
  tensor,
  topK,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  zeros,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { exportOnnx, type OnnxModel } from "../src/index.ts";
import { listOf } from "./support/listOf.ts";
import { differenceOf, run } from "./support/runtime.ts";

const double = { dtype: "float64" } as const;

function random(shape: readonly number[], seed: number): Tensor {
  return uniform(shape, { seed, low: -1, high: 2, dtype: "float64" });
}

/** Runs a model, and expects what the function gives. */
async function expectSame(
  model: OnnxModel,
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
): Promise<void> {
  const expected = listOf(fn(...inputs));
  const got = await run(model, inputs);
  expected.forEach((own, i) => {
    expect(differenceOf(got[i] as Tensor, own), `result ${i}`).toBeLessThanOrEqual(1e-10);
  });
}

describe("a symbolic batch axis", () => {
  const table = random([6, 2], 9);
  const functions: Record<string, (x: Tensor) => Tensor | readonly Tensor[]> = {
    "a mean": (x) => x.mean(),
    "a mean by hand": (x) => x.sum().div(x.shape[0] ?? 0),
    "a mean by a reciprocal": (x) => x.sum().mul(1 / (x.shape[0] ?? 0)),
    "a gradient of a mean": (x) => grad((y: Tensor) => y.square().mean())(x),
    "a standardized batch": (x) => {
      const centred = x.sub(x.mean(0));
      return centred.div(centred.square().mean(0).sqrt());
    },
    "axes put together": (x) => x.reshape([(x.shape[0] ?? 0) * 3]).sin(),
    "axes taken apart": (x) => x.reshape([-1, 3, 1]).mul(2),
    "more rows": (x) => matmul(x.reshape([-1, 1]), tensor([[1, 2]], double)),
    "a longer batch": (x) => [x, x.slice([0], [1])].reduce((a, b) => a.add(b)),
    "all but the first": (x) => x.slice([1], []).sum(1),
    ones: (x) => ones([x.shape[0] ?? 0, 3], double).mul(x),
    "a range": (x) =>
      arange(0, x.shape[0] ?? 0, double)
        .reshape([-1, 1])
        .mul(x),
    "a range with a step": (x) =>
      linspace(0, 1, x.shape[0] ?? 0, double)
        .reshape([-1, 1])
        .mul(x),
    "the identity": (x) => eye(x.shape[0] ?? 0, x.shape[0] ?? 0, double).matmul(x),
    "random numbers": (x) =>
      uniform(x.shape, { seed: x.mul(0).max().cast("int32"), ...double }).add(x),
    "a product with its transpose": (x) => x.matmul(x.transpose()).sum(1),
    "rows of a table": (x) => take(table, x.mul(1.5).sum(1).abs().cast("int32")),
    "a gradient of rows": (x) =>
      grad((t: Tensor) => take(t, x.sum(1).abs().cast("int32")).square().sum())(table),
    "the greatest of each row": (x) => Object.values(topK(x, 2)),
    "parts of each row": (x) => split(x, [1, 2], 1),
    "a loop over the rows": (x) =>
      scan(
        (sum: Tensor, row: Tensor) => [sum.add(row).tanh(), sum] as [Tensor, Tensor],
        zeros([3], double),
        x,
      ) as [Tensor, Tensor],
    "a condition for each row": (x) =>
      vectorize((row: Tensor) =>
        cond(
          row.sum().greater(1),
          () => row.sqrt(),
          () => row.mul(2),
        ),
      )(x),
    "a gradient for each row": (x) => vectorize(grad((row: Tensor) => row.square().sum()))(x),
    "the extremes": (x) => [x.max(0), x.min(1), x.max()],
  };
  test.each(Object.entries(functions))("%s", async (_name, fn) => {
    const model = exportOnnx(fn, [random([4, 3], 1)], { dynamic: { x: 0 }, inputs: ["x"] });
    expect(model.inputs[0]?.shape).toEqual(["batch", 3]);
    for (const size of [4, 7, 1, 2]) await expectSame(model, fn, [random([size, 3], size)]);
  });

  test("a square of it is refused, with the line that asks for it", () => {
    const squared = (x: Tensor) => {
      const size = x.shape[0] ?? 0;
      return x.add(size ** 2);
    };
    expect(() => exportOnnx(squared, [zeros([5, 3])], { dynamic: { x: 0 } })).toThrow(
      /exportOnnx: fn: expected a function that is the same for every batch size N.*got a number: 25, 100, 225.*\[exportOnnx\.test\.ts:\d+:\d+\]/,
    );
  });

  test("every second row is refused", () => {
    const half = (x: Tensor) => x.slice([0], [], [2]);
    expect(() => exportOnnx(half, [zeros([5, 3])], { dynamic: { x: 0 } })).toThrow(
      /shapes: 3, 5, 8.*exportOnnx\.test\.ts/,
    );
  });

  test("a loop in JavaScript is refused", () => {
    const loop = (x: Tensor) => {
      let sum = zeros([3]);
      for (let i = 0; i < (x.shape[0] ?? 0); i++) sum = sum.add(x.take(i));
      return sum;
    };
    expect(() => exportOnnx(loop, [zeros([2, 3])], { dynamic: { x: 0 } })).toThrow(
      /got (ops|the number of ops).*scan/,
    );
  });

  test("a captured batch is refused", () => {
    const captured = ones([4, 3]);
    const fn = (x: Tensor) => x.add(captured);
    expect(() => exportOnnx(fn, [zeros([4, 3])], { dynamic: { x: 0 } })).toThrow(
      /exportOnnx\.test\.ts/,
    );
  });

  test("random numbers of a plain seed are refused", () => {
    const fn = (x: Tensor) => x.mul(uniform(x.shape, { seed: 1 }));
    expect(() => exportOnnx(fn, [zeros([4, 3])], { dynamic: { x: 0 } })).toThrow(
      /a constant tensor.*pass the seed as a tensor.*exportOnnx\.test\.ts/,
    );
  });

  test("an empty batch has sums of 0", async () => {
    const fn = (x: Tensor) => [x.sum(0), x.mul(2), x.sum()];
    const model = exportOnnx(fn, [random([4, 3], 1)], { dynamic: { x: 0 } });
    await expectSame(model, fn, [zeros([0, 3], double)]);
  });

  test("several inputs share it, and must", async () => {
    const fn = (x: Tensor, y: Tensor) => x.matmul(y).mean();
    const given: [Tensor, Tensor] = [random([4, 3], 1), random([3, 4], 2)];
    const model = exportOnnx(fn, given, { dynamic: { x: 0, y: 1 } });
    await expectSame(model, fn, [random([5, 3], 3), random([3, 5], 4)]);
    expect(() => exportOnnx(fn, [given[0], zeros([3, 5])], { dynamic: { x: 0, y: 1 } })).toThrow(
      /dynamic\.y.*a batch of 4, as x has/,
    );
    expect(() => exportOnnx(fn, given, { dynamic: { z: 0 } })).toThrow(/one of the inputs x, y/);
    expect(() => exportOnnx(fn, given, { dynamic: { x: 2 } })).toThrow(/an axis of the shape/);
  });
});

describe("a training step", () => {
  function classifier() {
    const network = new Sequential(
      new Dense(4, 5, { seed: 1, ...double }),
      new Relu(),
      new Dense(5, 3, { seed: 2, ...double }),
    );
    const variables = network.variables;
    return { network, variables };
  }

  test.each(["SGD", "Adam"])("of %s is one model, with any batch", async (name) => {
    const { network, variables } = classifier();
    const optimizer =
      name === "SGD"
        ? new SGD(variables, { learningRate: 0.1, momentum: 0.9 })
        : new Adam(variables, { learningRate: 0.01 });
    const loss = (x: Tensor, labels: Tensor) => crossEntropy(network.forward(x), labels);
    const step = (x: Tensor, labels: Tensor) => {
      const { value, gradient } = valueAndGrad(loss, { variables })(x, labels);
      optimizer.step(gradient);
      return value;
    };
    const labels = (size: number) => arange(size).mul(7).sub(arange(size)).cast("int32");
    const model = exportOnnx(step, [random([3, 4], 1), labels(3).mul(0)], {
      dynamic: { x: 0, labels: 0 },
      variables: { network, optimizer },
      variablesAsInputs: true,
    });
    const [, , ...states] = model.inputs;
    expect(states.map((each) => each.name)).toContain("network.layers.0.weight");
    expect(model.outputs.map((each) => each.name)).toContain("network.layers.0.weight.next");
    expect(model.outputs[0]?.name).toBe("output");

    // The model steps on with what it has given, and we with our Variables.
    const byName = new Map<string, Tensor>();
    const all = { network, optimizer };
    for (const { name: own } of states) {
      byName.set(own, valueAt(all, own));
    }
    for (let n = 0; n < 3; n++) {
      const size = 3 + 2 * n;
      const x = random([size, 4], n);
      const y = arange(size).sin().mul(1.5).abs().cast("int32");
      const given = states.map((each) => byName.get(each.name) as Tensor);
      const got = await run(model, [x, y, ...given]);
      const value = step(x, y);
      expect(differenceOf(got[0] as Tensor, value)).toBeLessThan(1e-12);
      model.outputs.slice(1).forEach(({ name: own }, i) => {
        const variable = own.replace(/\.next$/, "");
        expect(differenceOf(got[i + 1] as Tensor, valueAt(all, variable)), own).toBeLessThan(1e-10);
        byName.set(variable, got[i + 1] as Tensor);
      });
    }
  });

  test("holds its Variables as initializers by default", async () => {
    const { network } = classifier();
    const predict = (x: Tensor) => network.forward(x);
    const model = exportOnnx(predict, [zeros([2, 4], double)], { variables: network });
    expect(model.inputs.map(({ name }) => name)).toEqual(["x"]);
    await expectSame(model, predict, [random([2, 4], 3)]);
  });
});

/** The value of a Variable by its name. */
function valueAt(model: object, name: string): Tensor {
  let value: unknown = state(model);
  for (const key of name.split(".")) value = (value as Record<string, unknown>)[key];
  return value as Tensor;
}

describe("names and types", () => {
  test("are the user's", async () => {
    const fn = ({ weight, bias }: { weight: Tensor; bias: Tensor }, rate: Tensor) => ({
      loss: named("distance", weight.sub(bias)).square().sum(),
      next: [weight.mul(rate)],
    });
    const weight = tensor([1, 2]);
    const model = exportOnnx(fn, [{ weight, bias: tensor([3, 5]) }, 0.5], {
      inputs: ["parameters", "rate"],
      name: "fit",
    });
    expect(model.inputs).toEqual([
      { name: "parameters.weight", dtype: "float32", shape: [2] },
      { name: "parameters.bias", dtype: "float32", shape: [2] },
      // A plain number has the dtype in which it is used.
      { name: "rate", dtype: "float32", shape: [] },
    ]);
    expect(model.outputs.map(({ name }) => name)).toEqual(["loss", "next[0]"]);
    const text = new TextDecoder("latin1").decode(model.bytes);
    expect(text).toContain("distance");
    expect(text).toContain("fit");
    const [loss, next] = await run(model, [weight, tensor([3, 5]), tensor(0.5)]);
    expect([loss?.item(), next?.toArray()]).toEqual([13, [0.5, 1]]);
  });

  test.each([18, 19, 20, 21, 22] as const)("the operators of version %i run", async (opset) => {
    const fn = (x: Tensor) => x.slice([1], [3]).reshape([2, 1]).broadcastTo([2, 2]).sum(1).exp();
    await expectSame(exportOnnx(fn, [zeros([5], double)], { opset }), fn, [random([5], 1)]);
  });

  test("an input may be a result, and a result be there twice", async () => {
    const fn = (x: Tensor) => {
      const y = x.mul(2);
      return [x, y, y, tensor([1, 2], double)];
    };
    await expectSame(exportOnnx(fn, [zeros([2], double)]), fn, [random([2], 1)]);
  });

  test("Variables without names get one", async () => {
    const count = new Variable(tensor(1, double));
    const fn = () => {
      count.assign(count.value.add(1));
      return count.value.mul(10);
    };
    const model = exportOnnx(fn, [], { variablesAsInputs: true });
    expect(model.inputs.map(({ name }) => name)).toEqual(["variable"]);
    expect(model.outputs.map(({ name }) => name)).toEqual(["output", "variable.next"]);
    const results = await run(model, [tensor(4, double)]);
    expect(results.map((each) => each.item())).toEqual([50, 5]);
    expect(count.value.item()).toBe(1);
  });
});

describe("random tensors", () => {
  test.each(["float32", "float64"] as const)("of %s have our bits", async (dtype) => {
    const fn = (seed: Tensor) => uniform([300], { seed, dtype, low: -3, high: 0.1 });
    for (const seed of [tensor(0), tensor(2 ** 31 - 1), tensor(2 ** 52 + 12345)]) {
      const type = seed.item() < 2 ** 31 ? "int32" : "float64";
      const own = tensor(seed.item(), { dtype: "float64" }).cast(type);
      const [got] = await run(exportOnnx(fn, [own]), [own]);
      expect(Array.from(got?.data() ?? [])).toEqual(Array.from(fn(own).data()));
    }
  });
});

describe("what is an error here is one of the runtime", () => {
  test.each([
    ["an index", (x: Tensor) => take(tensor([1, 2, 3]), x), tensor([3], { dtype: "int32" })],
    [
      "a negative label",
      (x: Tensor) => crossEntropy(tensor([[1, 2, 3]]), x),
      tensor([-1], { dtype: "int32" }),
    ],
    ["a seed", (x: Tensor) => uniform([2], { seed: x }), tensor(-1, { dtype: "int32" })],
    ["a fraction for a seed", (x: Tensor) => uniform([2], { seed: x }), tensor(1.5, double)],
  ])("%s", async (_name, fn, value) => {
    const model = exportOnnx(fn, [value.mul(0)]);
    await run(model, [value.mul(0)]);
    await expect(run(model, [value])).rejects.toThrow();
  });

  test("a number that is not whole beside an int32", async () => {
    const fn = (x: Tensor, y: Tensor) => x.add(y);
    const x = tensor([1, 2], { dtype: "int32" });
    const model = exportOnnx(fn, [x, 2]);
    expect(model.inputs[1]).toEqual({ name: "y", dtype: "float64", shape: [] });
    const [sum] = await run(model, [x, tensor(3, double)]);
    expect(sum?.toArray()).toEqual([4, 5]);
    await expect(run(model, [x, tensor(1.5, double)])).rejects.toThrow();
  });
});

describe("misuse", () => {
  const fn = (x: Tensor) => x.mul(2);
  test.each([
    [() => exportOnnx(3 as never, []), /exportOnnx: fn: expected a function/],
    [() => exportOnnx(fn, zeros([1]) as never), /exampleArguments: expected an array of arguments/],
    [() => exportOnnx(fn, [zeros([1])], { opset: 17 as never }), /opset: expected 18 or 19/],
    [() => exportOnnx(fn, [zeros([1])], { dynamic: 0 as never }), /dynamic: expected an object/],
    [
      () => exportOnnx(fn, [zeros([1])], { dynamic: { x: 0.5 } }),
      /dynamic\.x: expected an integer/,
    ],
    [() => exportOnnx(fn, [zeros([1])], { variables: 3 as never }), /variables: expected a model/],
    [() => exportOnnx(fn, [zeros([1])], { batch: 0 } as never), /no others than dynamic, inputs/],
    [() => exportOnnx((x: Tensor) => x.item(), [zeros([1])]), /exportOnnx, where no values exist/],
    [() => exportOnnx(() => "text", []), /exportOnnx/],
  ])("%#", (call, message) => {
    expect(call).toThrow(message);
  });
});
