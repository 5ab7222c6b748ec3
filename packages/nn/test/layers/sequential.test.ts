import { Sigmoid, Tanh, type Tensor, type TensorLike, uniform, valueAndGrad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { Dense, Sequential } from "../../src/index.ts";

describe("Sequential and Dense", () => {
  test("add up the gradients of all weights, equal to grad's", () => {
    const network = new Sequential(
      new Dense(3, 4, { dtype: "float64" }),
      new Tanh(),
      new Dense(4, 2, { dtype: "float64" }),
      new Sigmoid(),
    );
    const x = uniform([5, 3], { seed: 1, dtype: "float64" });
    const weights = uniform([5, 2], { seed: 2, dtype: "float64" });
    network.forward(x);
    const dx = network.backward(weights);
    const loss = (input: TensorLike) =>
      network
        .forward(input as Tensor)
        .mul(weights)
        .sum();
    const { gradient } = valueAndGrad(loss, {
      variables: network.variables,
      argnums: 0,
    })(x);
    expect(dx.toArray()).toEqual((gradient.arguments as Tensor).toArray());
    network.variables.forEach((variable, i) => {
      const expected = gradient.variables[i] as Tensor;
      expect(variable.gradient.sub(expected).abs().max().item()).toBeLessThan(1e-15);
    });
    // The values that the forward pass inside the loss saved were dropped with its recording.
    network.forward(x);
    network.backward(weights);
    const [first] = network.variables;
    const doubled = first?.gradient.sub((gradient.variables[0] as Tensor).mul(2));
    expect(doubled?.abs().max().item()).toBeLessThan(1e-15);
  });

  test("give every layer weights of its own, the same for the same seed", () => {
    expect(new Dense(2, 2).weight.value.data()).not.toEqual(new Dense(2, 2).weight.value.data());
    const seeded = () => new Dense(2, 2, { seed: 5 }).weight.value.data();
    expect(seeded()).toEqual(seeded());
  });
});
