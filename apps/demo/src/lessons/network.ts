/**
 * The network of the weight-update lesson: two inputs, two hidden nodes, two outputs, all with the
 * sigmoid function. Every weight is a number of its own, so that the graph shows every path.
 */

import { named, sigmoid, type Tensor, valueAndGrad } from "@graddiff/core";

/** The weights that are learned: w1 to w4 lead into h1 and h2, w5 to w8 into o1 and o2. */
export type Weights<Value> = Record<"w1" | "w2" | "w3" | "w4" | "w5" | "w6" | "w7" | "w8", Value>;

/** What stays as it is: inputs, biases and targets. */
export type Given<Value> = Record<"i1" | "i2" | "b1" | "b2" | "t1" | "t2", Value>;

/** E = ½ Σ (t − o)². */
export function totalError(
  { w1, w2, w3, w4, w5, w6, w7, w8 }: Weights<Tensor>,
  { i1, i2, b1, b2, t1, t2 }: Given<Tensor>,
): Tensor {
  const node = (name: string, w: Tensor, x: Tensor, v: Tensor, y: Tensor, bias: Tensor): Tensor =>
    named(name, sigmoid(named(`net ${name}`, w.mul(x).add(v.mul(y)).add(bias))));
  const h1 = node("h1", w1, i1, w2, i2, b1);
  const h2 = node("h2", w3, i1, w4, i2, b1);
  const o1 = node("o1", w5, h1, w6, h2, b2);
  const o2 = node("o2", w7, h1, w8, h2, b2);
  const e1 = named("E1", t1.sub(o1));
  const e2 = named("E2", t2.sub(o2));
  return named("E", e1.square().add(e2.square()).mul(0.5));
}

const errorAndGradient = valueAndGrad(totalError);

/** A network after one update: its new weights, and the error and gradient before it. */
export interface Update {
  readonly weights: Weights<number>;
  readonly error: number;
  readonly gradient: Weights<number>;
}

/** new weight = old weight − rate × ∂E/∂weight, for all weights at once. */
export function update(weights: Weights<number>, given: Given<number>, rate: number): Update {
  const { value, gradient } = errorAndGradient(weights, given);
  const slopes = mapWeights(weights, (_, name) => gradient[name].item());
  return {
    weights: mapWeights(weights, (weight, name) => weight - rate * slopes[name]),
    error: value.item(),
    gradient: slopes,
  };
}

function mapWeights<Value, Result>(
  { w1, w2, w3, w4, w5, w6, w7, w8 }: Weights<Value>,
  map: (value: Value, name: keyof Weights<Value>) => Result,
): Weights<Result> {
  return {
    w1: map(w1, "w1"),
    w2: map(w2, "w2"),
    w3: map(w3, "w3"),
    w4: map(w4, "w4"),
    w5: map(w5, "w5"),
    w6: map(w6, "w6"),
    w7: map(w7, "w7"),
    w8: map(w8, "w8"),
  };
}
