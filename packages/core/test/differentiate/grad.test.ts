import { describe, expect, test } from "vitest";
import {
  grad,
  maximum,
  mul,
  ones,
  stopGradient,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  where,
} from "../../src/index.ts";

const cube = (x: Tensor) => x.mul(x).mul(x);

describe("grad", () => {
  test("differentiates with respect to the first argument by default", () => {
    expect(grad(mul)(100, 2).item()).toBe(2);
    expect(grad(mul, { argnums: 1 })(100, 2).item()).toBe(100);
  });

  test("gives an array of gradients for an array of argnums, in their order", () => {
    const [second, first] = grad(mul, { argnums: [1, 0] })(100, 2);
    expect([first.item(), second.item()]).toEqual([2, 100]);
  });

  test("nests to any order", () => {
    expect(grad(cube)(2).item()).toBe(12);
    expect(grad(grad(cube))(2).item()).toBe(12);
    expect(grad(grad(grad(cube)))(2).item()).toBe(6);
    expect(grad(grad(grad(grad(cube))))(2).item()).toBe(0);
  });

  test("does not confuse the levels of nested gradients", () => {
    // d/dx [x · d/dy (x + y)] is 1; confused levels would give 2.
    const outer = (x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1));
    expect(grad(outer)(3).item()).toBe(1);
    // d/dx [x · d/dy (x · y)] is d/dx x² = 2x.
    const product = (x: Tensor) => x.mul(grad((y: Tensor) => x.mul(y))(5));
    expect(grad(product)(3).item()).toBe(6);
  });

  test("gives gradients of the shape and dtype of the argument, also under broadcasting", () => {
    const row = tensor([1, 2, 3]);
    const matrix = ones([2, 3]);
    const [dMatrix, dRow] = grad((m, r) => m.mul(r).sum(), { argnums: [0, 1] })(matrix, row);
    expect(dMatrix.toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(dRow.toArray()).toEqual([2, 2, 2]);
    expect(dRow.dtype).toBe("float32");
    expect(grad((x) => x.mul(2).sum())(tensor([1], { dtype: "float64" })).dtype).toBe("float64");
  });

  test("gives float64 for a plain number beside float32 tensors", () => {
    const x = tensor([1, 2]);
    const gradient = grad((w) => x.mul(w).sum())(3);
    expect([gradient.dtype, gradient.item()]).toEqual(["float64", 3]);
  });

  test("gives zeros where the result does not depend on the argument", () => {
    expect(grad((_x) => tensor(5))(3).item()).toBe(0);
    expect(
      grad((x) => stopGradient(x).sum())(tensor([1, 2]))
        .data()
        .join(),
    ).toBe("0,0");
  });

  test("follows JavaScript control flow that depends on values", () => {
    const leaky = (x: Tensor) => (x.item() > 0 ? x.mul(2) : x.mul(0.5));
    expect([grad(leaky)(3).item(), grad(leaky)(-3).item()]).toEqual([2, 0.5]);
    const power = (x: Tensor) => {
      let result = x;
      while (result.item() < 100) result = result.mul(x);
      return result;
    };
    expect(grad(power)(3).item()).toBe(5 * 3 ** 4);
  });

  test("lets no NaN of a value through from the side that where did not choose", () => {
    const roots = (x: Tensor) => where(x.greater(0), x.sqrt(), 0).sum();
    expect(roots(tensor([-1, 4])).item()).toBe(2);
    const safe = (x: Tensor) => {
      const positive = x.greater(0);
      return where(positive, where(positive, x, 1).log(), 0).sum();
    };
    expect(grad(safe)(tensor([-1, 0, 2])).toArray()).toEqual([0, 0, 0.5]);
  });

  test("shares the gradient of equal inputs of maximum", () => {
    const [dx, dy] = grad(maximum, { argnums: [0, 1] })(2, 2);
    expect([dx.item(), dy.item()]).toEqual([0.5, 0.5]);
  });

  test("takes trees of arguments and gives gradients of the same form", () => {
    const fn = (model: { layers: { weight: Tensor }[]; bias: Tensor; name: string; on: boolean }) =>
      model.layers.reduce((sum, { weight }) => sum.add(weight.square().sum()), model.bias);
    const gradient = grad(fn)({
      layers: [{ weight: tensor([1, 2]) }, { weight: tensor([3]) }],
      bias: 0.5,
      name: "model",
      on: true,
    });
    expect(gradient.layers.map(({ weight }) => weight.toArray())).toEqual([[2, 4], [6]]);
    expect([gradient.bias.item(), gradient.name, gradient.on]).toEqual([1, "model", true]);
  });

  test("takes instances of classes, whose methods work inside", () => {
    class Line {
      slope: Tensor;
      offset: Tensor;
      constructor(slope: Tensor, offset: Tensor) {
        this.slope = slope;
        this.offset = offset;
      }
      at(x: number): Tensor {
        return this.slope.mul(x).add(this.offset);
      }
    }
    const gradient = grad((line: Line) => line.at(3).square())(new Line(tensor(2), tensor(1)));
    expect([gradient.slope.item(), gradient.offset.item()]).toEqual([42, 14]);
  });

  test("hands aux on undifferentiated", () => {
    const fn = (x: Tensor) => [x.square().sum(), { doubled: x.mul(2) }] as const;
    const { gradient, aux } = grad(fn, { hasAux: true })(tensor([1, 2]));
    expect([gradient.toArray(), aux.doubled.toArray()]).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  test("lets tensors that escape live on as plain values", () => {
    const kept: Tensor[] = [];
    grad((x) => {
      kept.push(x.mul(3));
      return x;
    })(2);
    const [escaped] = kept;
    expect(escaped?.item()).toBe(6);
    expect(escaped?.mul(2).item()).toBe(12);
    expect(grad((y) => y.mul(escaped ?? 0))(5).item()).toBe(6);
  });
});

describe("valueAndGrad", () => {
  test("gives the value and the gradient", () => {
    const { value, gradient } = valueAndGrad(cube)(2);
    expect([value.item(), gradient.item()]).toEqual([8, 12]);
  });

  test("differentiates with respect to Variables, in the form they were given", () => {
    const weight = new Variable(tensor([1, 2]));
    const bias = new Variable(tensor(0.5));
    const loss = (x: Tensor) => weight.value.mul(x).sum().add(bias.value);
    const { gradient } = valueAndGrad(loss, { variables: { weight, bias } })(3);
    expect([gradient.weight.toArray(), gradient.bias.item()]).toEqual([[3, 3], 1]);
    const both = valueAndGrad(loss, { variables: [weight], argnums: 0 })(3);
    expect(both.gradient.arguments.item()).toBe(3);
    expect(both.gradient.variables[0].toArray()).toEqual([3, 3]);
  });

  test("differentiates with respect to Variables among the arguments", () => {
    const weight = new Variable(tensor([1, 2]));
    const fn = (model: { weight: Variable }, x: Tensor) => model.weight.value.mul(x).sum();
    expect(grad(fn)({ weight }, 3).weight.toArray()).toEqual([3, 3]);
  });
});
