import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import {
  Add,
  grad,
  Layer,
  layer,
  Multiply,
  Tensor,
  tensor,
  uniform,
  Variable,
  vjp,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

describe("the snack-tax code of the lesson", () => {
  test("gives exactly the lesson's numbers", () => {
    const lines: string[] = [];
    const print = (...values: unknown[]) => lines.push(values.join(" "));
    const snackLayer = new Multiply();
    const taxLayer = new Multiply();
    const price = snackLayer.forward(100, 2);
    const total = taxLayer.forward(price, 1.1);
    print(price, total);
    const [dPrice, dTax] = taxLayer.backward(1);
    print(dPrice, dTax);
    print(...snackLayer.backward(dPrice));
    expect(lines).toEqual(["200 220.00000000000003", "1.1 200", "2.2 110.00000000000001"]);
  });

  test("works batched, with a gradient for each purchase and the sum for a shared tax", () => {
    const snackLayer = new Multiply();
    const taxLayer = new Multiply();
    const prices = tensor([100, 150], { dtype: "float64" });
    const counts = tensor([2, 3], { dtype: "float64" });
    const total = taxLayer.forward(snackLayer.forward(prices, counts), 1.1);
    expect(total.toArray()).toEqual([220.00000000000003, 495.00000000000006]);
    const [dPrice, dTax] = taxLayer.backward(tensor([1, 1], { dtype: "float64" }));
    expect([dPrice.toArray(), dTax.item()]).toEqual([[1.1, 1.1], 650]);
    expect(snackLayer.backward(dPrice)[0].toArray()).toEqual([2.2, 3.3000000000000003]);
  });
});

describe("the apples and tangerines of the lesson", () => {
  test("cost 715, and each price and count has its gradient", () => {
    const apple = new Multiply();
    const tangerine = new Multiply();
    const sum = new Add();
    const tax = new Multiply();
    const total = tax.forward(sum.forward(apple.forward(100, 2), tangerine.forward(150, 3)), 1.1);
    expect(total).toBeCloseTo(715, 10);
    const [dSum, dTax] = tax.backward(1);
    const [dApple, dTangerine] = sum.backward(dSum);
    expect([...apple.backward(dApple), ...tangerine.backward(dTangerine), dTax]).toEqual([
      2.2, 110.00000000000001, 3.3000000000000003, 165, 650,
    ]);
  });
});

/** A layer that computes a function of one or two tensors. */
type Primitive = graddiff.FunctionLayer<(...inputs: Tensor[]) => Tensor>;

const isOfTwo = ({ compute }: Primitive) => compute.length === 2;

/** Returns an instance of every exported layer class without settings. */
function primitiveLayers(): [string, Primitive][] {
  const exported: readonly [string, unknown][] = Object.entries(graddiff);
  return exported.flatMap(([name, value]): [string, Primitive][] => {
    if (typeof value !== "function" || !(value.prototype instanceof Layer)) return [];
    if (value.length > 0) return [];
    return [[name, Reflect.construct(value, []) as Primitive]];
  });
}

/** The op of each primitive layer. */
const opOf: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  Add: graddiff.add,
  Subtract: graddiff.sub,
  Multiply: graddiff.mul,
  Divide: graddiff.div,
  Power: graddiff.pow,
  Maximum: graddiff.maximum,
  Minimum: graddiff.minimum,
  MatrixMultiply: graddiff.matmul,
  Negate: (x) => graddiff.neg(x),
  Square: (x) => graddiff.square(x),
  SquareRoot: (x) => graddiff.sqrt(x),
  Absolute: (x) => graddiff.abs(x),
  Exponential: (x) => graddiff.exp(x),
  Logarithm: (x) => graddiff.log(x),
  Sine: (x) => graddiff.sin(x),
  Cosine: (x) => graddiff.cos(x),
  Tanh: (x) => graddiff.tanh(x),
  Sigmoid: (x) => graddiff.sigmoid(x),
  Softplus: (x) => graddiff.softplus(x),
  Relu: (x) => graddiff.relu(x),
  Sum: (x) => graddiff.sum(x),
  Mean: (x) => graddiff.mean(x),
};

describe("every primitive layer", () => {
  test("has an op here, and its own name", () => {
    const names = primitiveLayers().map(([name]) => name);
    expect(names.toSorted()).toEqual(Object.keys(opOf).toSorted());
    for (const [name, primitive] of primitiveLayers())
      expect(primitive.constructor.name).toBe(name);
  });

  test.each(primitiveLayers())(
    "%s computes the bits of its op, and of its vjp",
    (name, primitive) => {
      for (const dtype of ["float32", "float64"] as const) {
        const op = opOf[name] as (x: Tensor, y: Tensor) => Tensor;
        const x = uniform([30, 30], { seed: 1, low: -2, high: 2, dtype });
        const y = uniform([30, 30], { seed: 2, low: -2, high: 2, dtype });
        const inputs = isOfTwo(primitive) ? [x, y] : [x];
        const { value, pullback } = isOfTwo(primitive)
          ? vjp(op)(x, y)
          : vjp((given: Tensor) => op(given, y))(x);
        const weights = uniform(value.shape, { seed: 3, dtype });
        const output = Reflect.apply(primitive.forward, primitive, inputs) as Tensor;
        expectSameBits(output, value);
        const gradients = [primitive.backward(weights)].flat();
        pullback(weights).forEach((expected, i) => {
          expectSameBits(gradients[i] as Tensor, expected);
        });
      }
    },
  );

  test.each(primitiveLayers())("%s has the gradient that grad gives", (_name, primitive) => {
    const x = uniform([2, 2], { seed: 1, low: 0.2, high: 0.9, dtype: "float64" });
    const y = uniform([2, 2], { seed: 2, low: 1.1, high: 2, dtype: "float64" });
    const inputs: Tensor[] = isOfTwo(primitive) ? [x, y] : [x];
    const forward = (given: readonly Tensor[]) =>
      Reflect.apply(primitive.forward, primitive, given) as Tensor;
    const output = forward(inputs);
    const weights = uniform(output.shape, { seed: 3, dtype: "float64" });
    const gradients = [primitive.backward(weights)].flat() as Tensor[];
    const scalar = (...given: Tensor[]) => forward(given).mul(weights).sum();
    const expected = grad(scalar, { argnums: inputs.map((_, i) => i) })(...inputs);
    expect(gradients.map((g) => g.toArray())).toEqual(expected.map((g) => g.toArray()));
  });
});

describe("a layer", () => {
  test("of one's own may extend a primitive one and use its computation", () => {
    class Doubled extends Multiply {
      override compute(x: Tensor, y: Tensor): Tensor {
        return super.compute(x, y).mul(2);
      }
    }
    const doubled = new Doubled();
    expect(doubled).toBeInstanceOf(Multiply);
    expect([doubled.forward(2, 3), ...doubled.backward(1)]).toEqual([12, 6, 4]);
    expect(() => new Doubled().backward(1)).toThrow("Doubled.backward: expected a forward pass");
  });

  test("gives numbers for numbers, and tensors as soon as one input or the gradient is one", () => {
    const multiply = new Multiply();
    expect(multiply.forward(2, 3)).toBe(6);
    expect(multiply.backward(1)).toEqual([3, 2]);
    expect(multiply.backward(tensor(1, { dtype: "float64" }))[0]).toBeInstanceOf(Tensor);
    expect(multiply.forward(tensor(2), 3)).toBeInstanceOf(Tensor);
    expect(multiply.backward(1)[1]).toBeInstanceOf(Tensor);
  });

  test("can be made of any function, with one gradient for one input and several for more", () => {
    const ratio = layer((x: Tensor, y: Tensor) => x.div(y));
    expect([ratio.forward(6, 3), ratio.backward(3)]).toEqual([2, [1, -2]]);
    const cube = layer((x: Tensor) => x.mul(x).mul(x));
    expect([cube.forward(2), cube.backward(1)]).toEqual([8, 12]);
  });

  test("works inside grad, and forgets there what it saved", () => {
    const multiply = new Multiply();
    const gradient = grad((x) => multiply.forward(x, multiply.forward(x, x)))(2);
    expect(gradient.item()).toBe(12);
    expect(() => multiply.backward(1)).toThrow("expected a forward pass before");
  });

  test("can be differentiated through its own backward", () => {
    const cube = layer((x: Tensor) => x.mul(x).mul(x));
    const slope = (x: Tensor): Tensor => {
      cube.forward(x);
      return cube.backward(tensor(1, { dtype: "float64" })) as Tensor;
    };
    expect(grad(slope)(tensor(2, { dtype: "float64" })).item()).toBe(12);
  });

  test("of one's own finds its Variables, also those of inner layers", () => {
    class Weighted extends Layer {
      readonly weight = new Variable(tensor([[0.5], [-3]], { dtype: "float64" }));
      override compute(x: Tensor): Tensor {
        return x.matmul(this.weight.value);
      }
    }
    class Scale extends Layer {
      readonly factor = new Variable(tensor([2, 3], { dtype: "float64" }));
      readonly inner = [new Weighted()];
      override compute(x: Tensor): Tensor {
        return this.inner.reduce<Tensor>((y, next) => next.forward(y), x.mul(this.factor.value));
      }
    }
    const scale = new Scale();
    expect(scale.variables.length).toBe(2);
    scale.forward(tensor([[1, 1]], { dtype: "float64" }));
    scale.backward(tensor([[1]], { dtype: "float64" }));
    const [weight] = scale.inner.map((inner) => inner.weight.value.toArray());
    expect(scale.factor.gradient.toArray()).toEqual((weight as number[][]).flat());
    scale.zeroGradient();
    expect(scale.factor.gradient.toArray()).toEqual([0, 0]);
  });
});
