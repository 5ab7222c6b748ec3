// GradBench's gradient descent, which halves its rate after a step that does not descend, and doubles it after ten
// steps that do. It is a loop of tensors, so it can be compiled, batched and differentiated, and descents can be nested.

import { eye, grad, jvp, type Tensor, tensor, vectorize, where, whileLoop } from "@graddiff/core";

export type Mode = "reverse" | "forward";
type Objective = (x: Tensor) => Tensor;

/** Returns the gradient of a function of a vector, in reverse or in forward mode. */
export function gradientBy(mode: Mode, f: Objective): Objective {
  if (mode === "reverse") return grad(f);
  return (x) => {
    const size = x.shape[0] ?? 0;
    const directions = eye(size, size, { dtype: "float64" });
    return vectorize((direction: Tensor) => jvp(f)([x], [direction]).tangent)(directions);
  };
}

const firstRate = 1e-5;
const enough = 1e-5;
const many = 10;

const norm = (x: Tensor) => x.square().sum().sqrt();

/** The state of a descent. */
interface Descent {
  readonly x: Tensor;
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly rate: Tensor;
  readonly count: Tensor;
}

/** An iteration of the descent: the next state, and whether the descent ends before it. */
interface Turn {
  readonly now: Descent;
  readonly ends: Tensor;
  readonly next: Descent;
}

/** Returns the local minimum of a function near `start`, by the function and its gradient. */
export function descend(
  f: Objective,
  slope: Objective,
  start: Tensor,
  maxSteps?: number,
): { readonly x: Tensor; readonly value: Tensor } {
  const float64 = { dtype: "float64" } as const;
  const begin: Descent = {
    x: start,
    value: f(start),
    gradient: slope(start),
    rate: tensor(firstRate, float64),
    count: tensor(0, float64),
  };
  const turn = (now: Descent): Turn => {
    const { x, value, gradient, rate, count } = now;
    const doubles = count.equal(many);
    const tried = x.sub(gradient.mul(rate));
    const reached = f(tried);
    const descends = reached.less(value);
    const taken = descends.logicalAnd(doubles.logicalNot());
    const stays = norm(tried.sub(x)).lessEqual(enough).logicalAnd(doubles.logicalNot());
    return {
      now,
      ends: norm(gradient).lessEqual(enough).logicalOr(stays),
      next: {
        x: where(taken, tried, x),
        value: where(taken, reached, value),
        gradient: where(taken, slope(tried), gradient),
        rate: where(doubles, rate.mul(2), where(descends, rate, rate.mul(0.5))),
        count: where(taken, count.add(1), 0),
      },
    };
  };
  const options = maxSteps === undefined ? {} : { maxSteps };
  return whileLoop(
    ({ ends }: Turn) => ends.logicalNot(),
    ({ next }: Turn) => turn(next),
    turn(begin),
    options,
  ).now;
}
