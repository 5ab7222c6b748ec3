import { floats, model, node } from "./build.ts";

/** Returns a model of x W + b, a relu, and a product with 2. */
export const affine = () =>
  model({
    nodes: [
      node("Gemm", ["x", "w", "b"], ["hidden"]),
      node("Relu", ["hidden"], ["positive"]),
      node("Constant", [], ["two"], { value: floats("", [], [2]) }),
      node("Mul", ["positive", "two"], ["y"]),
    ],
    inputs: [["x", ["batch", 2]]],
    outputs: [["y", ["batch", 2]]],
    constants: [floats("w", [2, 2], [1, 2, 3, 4]), floats("b", [2], [-10, 1])],
  });
