/**
 * Random functions of two matrices, with ops of all families. Compiled, divided and other runs must agree with eager
 * ones.
 */

import { concat, prod, type Tensor, tensor, uniform, where } from "../../src/index.ts";
import { threefry } from "../../src/tensor/threefry.ts";

/** Returns a seeded source of choices. */
export function chooser(seed: number) {
  let count = 0;
  return (below: number): number => threefry(seed, 0, count++, 0)[0] % below;
}

export const UNARY = [
  "neg",
  "square",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "softplus",
  "relu",
  "abs",
] as const;
export const BINARY = ["add", "sub", "mul", "maximum", "minimum"] as const;

/** Returns a random function of two matrices, which has the same ops whenever the seed is the same. */
export function randomFunction(seed: number): (x: Tensor, y: Tensor) => Tensor {
  return (x, y) => {
    const choose = chooser(seed);
    const pool: Tensor[] = [x, y, x.mul(0.5), y.transpose().transpose()];
    const pick = () => pool[choose(pool.length)] as Tensor;
    for (let i = 0; i < 12; i++) {
      const a = pick();
      switch (choose(19)) {
        case 0:
        case 1:
          pool.push(a[UNARY[choose(UNARY.length)] ?? "neg"]());
          break;
        case 2:
        case 3:
          pool.push(a[BINARY[choose(BINARY.length)] ?? "add"](pick()));
          break;
        case 4:
          pool.push(a.matmul(pick().transpose()).matmul(pick()).mul(0.1));
          break;
        case 5:
          pool.push(a.sub(a.mean(choose(2), { keepDims: true })));
          break;
        case 6:
          pool.push(concat([a.slice([1]), a.slice([0], [1])]));
          break;
        case 7:
          pool.push(a.max(choose(2), { keepDims: true }).broadcastTo([3, 4]));
          break;
        case 8:
          // Integers, which wrap around, and booleans are computed as well.
          pool.push(a.mul(10).cast("int32").add(choose(5)).cast(a.dtype));
          pool.push(a.mul(1e9).cast("int32").mul(3).maximum(7).abs().neg().cast(a.dtype).mul(1e-9));
          pool.push(a.mul(2).cast("int32").sign().equal(1).cast("int32").cast(a.dtype));
          break;
        case 12:
          // One function has values of both float dtypes.
          pool.push(a.cast("float64").mul(pick().cast("float64")).cast("float32").cast(a.dtype));
          pool.push(a.cast("float32").add(pick().sum().cast("float32")).cast(a.dtype));
          pool.push(a.cast("float32").sum(1, { keepDims: true }).cast(a.dtype).mul(pick()));
          pool.push(a.cast("float64").max(choose(2), { keepDims: true }).cast(a.dtype).add(pick()));
          break;
        case 13:
          pool.push(a.mul(pick()).sum(1, { keepDims: true }).add(pick()));
          pool.push(a.div(a.abs().add(1).sum()));
          break;
        case 14:
          // Elements are permuted and sliced.
          pool.push(a.reshape([4, 3]).transpose());
          pool.push(a.transpose().slice([1], [2]).transpose().mul(pick()));
          pool.push(concat([a.slice([0, 0], [], [1, 2]), pick().slice([0, 1], [], [1, 2])], 1));
          pool.push(a.slice([2]).broadcastTo([3, 4]));
          break;
        case 15:
          // Some powers are replaced by other ops, and some are not.
          pool.push(a.pow(choose(4)).mul(0.3), a.abs().add(0.5).pow(a));
          pool.push(a.abs().add(0.1).log().add(a.minimum(1).exp()).sub(a.abs().sqrt()));
          break;
        case 16:
          // Rows and columns are taken at indices, some of which occur twice.
          pool.push(a.take(tensor([2, 0, choose(3)], { dtype: "int32" })));
          pool.push(
            pick()
              .take(tensor([3, choose(4), 0, 3], { dtype: "int32" }), 1)
              .mul(a),
          );
          break;
        case 17:
          // Vectors are used, and reductions along one axis, several axes and all axes.
          pool.push(
            a.add(
              pick()
                .matmul(pick().slice([1], [2]).reshape([4]))
                .reshape([3, 1]),
            ),
          );
          pool.push(a.mul(pick().sum(0)).add(pick().min(1, { keepDims: true })));
          pool.push(a.sub(pick().reshape([3, 2, 2]).sum([0, 2], { keepDims: true }).max()));
          break;
        case 18:
          // Slices overlap, and some of their inputs are read whole as well.
          pool.push(concat([a.slice([0], [2]).mul(a.slice([1])), a.mul(pick()).slice([2])]));
          pool.push(prod(a.mul(0.5), choose(2), { keepDims: true }).add(a));
          break;
        case 9:
          pool.push(a.greater(0).logicalAnd(pick().less(1)).cast(a.dtype).sub(pick()));
          break;
        case 10:
          // Stacks of matrices are multiplied, and a scalar is read by all elements.
          pool.push(
            a
              .reshape([3, 2, 2])
              .matmul(pick().reshape([3, 2, 2]))
              .reshape([3, 4])
              .mul(0.3),
          );
          pool.push(a.div(pick().abs().sum().add(1)));
          break;
        default:
          pool.push(where(a.greater(pick()), a.mul(1), pick().add(choose(3))));
      }
    }
    return pool.slice(-3).reduce((sum, z) => sum.add(z.sum()), pool[0]?.sum() as Tensor);
  };
}

export function inputsOf(seed: number, dtype: "float32" | "float64"): [Tensor, Tensor] {
  return [
    uniform([3, 4], { seed, low: -2, high: 2, dtype }),
    uniform([3, 4], { seed: seed + 1000, low: -2, high: 2, dtype }),
  ];
}
