import {
  arange,
  named,
  Relu,
  state,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { Adam, crossEntropy, Dense, Sequential, SGD } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { exportOnnx } from "../src/index.ts";
import { differenceOf, expectSame, run } from "./support/runtime.ts";

const double = { dtype: "float64" } as const;

function random(shape: readonly number[], seed: number): Tensor {
  return uniform(shape, { seed, low: -1, high: 2, dtype: "float64" });
}

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

    // The model makes steps with its own outputs as the next inputs, and graddiff with its Variables.
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

/** Returns the value of a Variable by its name. */
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
      // A plain number becomes an input of the dtype in which it is used.
      { name: "rate", dtype: "float32", shape: [] },
    ]);
    expect(model.outputs.map(({ name }) => name)).toEqual(["loss", "next[0]"]);
    const text = new TextDecoder("latin1").decode(model.bytes);
    expect(text).toContain("distance");
    expect(text).toContain("fit");
    const [loss, next] = await run(model, [weight, tensor([3, 5]), tensor(0.5)]);
    expect([loss?.item(), next?.toArray()]).toEqual([13, [0.5, 1]]);
  });

  test.each([17, 18, 19, 20, 21, 22] as const)("the operators of version %i run", async (opset) => {
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
    [() => exportOnnx(fn, [zeros([1])], { opset: 16 as never }), /opset: expected 17 or 18/],
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
