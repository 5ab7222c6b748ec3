import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { grad, type Tensor, tensor, Variable, valueAndGrad, vectorize } from "../../src/index.ts";

describe("a Variable", () => {
  test("prints as its value", () => {
    expect(inspect({ w: new Variable(tensor([1, 2])) })).toBe(
      "{ w: Variable(tensor([1., 2.], dtype=float32)) }",
    );
  });

  test("keeps what is assigned to it", () => {
    const w = new Variable(tensor([1, 2]));
    w.assign(w.value.mul(10));
    expect([w.value.toArray(), w.shape, w.dtype]).toEqual([[10, 20], [2], "float32"]);
  });

  test("adds up gradients until they are cleared", () => {
    const w = new Variable(tensor([1, 2]));
    expect(w.gradient.toArray()).toEqual([0, 0]);
    w.accumulateGradient(tensor([1, 2]));
    w.accumulateGradient(tensor([1, 2]));
    expect(w.gradient.toArray()).toEqual([2, 4]);
    w.zeroGradient();
    expect(w.gradient.toArray()).toEqual([0, 0]);
  });

  test("shows assignments inside grad at once, and outside when it has returned", () => {
    const count = new Variable(tensor(0));
    const fn = (x: Tensor) => {
      count.assign(count.value.add(1));
      expect(count.value.item()).toBe(1);
      return x.square();
    };
    grad(fn)(3);
    expect(count.value.item()).toBe(1);
  });

  test("forgets assignments of a function that throws", () => {
    const w = new Variable(tensor(1));
    const fn = (_x: Tensor): Tensor => {
      w.assign(tensor(2));
      throw new Error("stop");
    };
    expect(() => grad(fn)(1)).toThrow("stop");
    expect(w.value.item()).toBe(1);
  });

  test("takes a recorded value one level down on every close", () => {
    const last = new Variable(tensor(0, { dtype: "float64" }));
    const inner = (x: Tensor) => {
      last.assign(x.mul(2).cast("float64"));
      return x.mul(x);
    };
    grad(grad(inner))(3);
    expect(last.value.item()).toBe(6);
    // The value is not tied to the recording, so it can be used anywhere.
    expect(grad((y) => y.mul(last.value))(5).item()).toBe(6);
  });

  test("is differentiated through what was assigned from it", () => {
    const w = new Variable(tensor(3));
    const loss = () => {
      w.assign(w.value.mul(2));
      return w.value.square();
    };
    const { value, gradient } = valueAndGrad(loss, { variables: w })();
    expect([value.item(), gradient.item(), w.value.item()]).toEqual([36, 24, 6]);
  });

  test("is a constant to a gradient that does not name it", () => {
    const w = new Variable(tensor(3));
    expect(grad((x) => x.mul(w.value))(2).item()).toBe(3);
  });

  test("may be assigned inside vectorize what is the same for the whole batch", () => {
    const calls = new Variable(tensor(0));
    vectorize((x) => {
      calls.assign(calls.value.add(1));
      return x;
    })(tensor([1, 2, 3]));
    expect(calls.value.item()).toBe(1);
  });

  test("trains: gradient descent finds the minimum", () => {
    const w = new Variable(tensor([5, -3], { dtype: "float64" }));
    const target = tensor([1, 2], { dtype: "float64" });
    const step = valueAndGrad(() => w.value.sub(target).square().sum(), { variables: [w] });
    for (let i = 0; i < 100; i++) w.assign(w.value.sub(step().gradient[0].mul(0.2)));
    expect(w.value.sub(target).abs().max().item()).toBeLessThan(1e-12);
  });
});
