// GradBench's gradient descent, which halves its rate after a step that does not descend and
// doubles it after ten that do: once with JavaScript's control flow, and once as a step of tensors,
// in which a choice is a value. Only the second can be compiled and differentiated.

import { eye, grad, jvp, type Tensor, tensor, vectorize, where } from "@graddiff/core";

export type Mode = "reverse" | "forward";
type Objective = (x: Tensor) => Tensor;

/** The gradient of a function of a vector, in reverse or in forward mode. */
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

/** The least x near `start`, for a function and its gradient, which may be compiled. */
export function descend(f: Objective, slope: Objective, start: Tensor): Tensor {
  let [x, value, gradient] = [start, f(start).item(), slope(start)];
  for (let [rate, count] = [firstRate, 0]; norm(gradient).item() > enough; ) {
    if (count === many) {
      rate *= 2;
      count = 0;
      continue;
    }
    const next = x.sub(gradient.mul(rate));
    if (norm(next.sub(x)).item() <= enough) break;
    const reached = f(next).item();
    if (reached < value) {
      [x, value, gradient] = [next, reached, slope(next)];
      count++;
    } else {
      rate /= 2;
      count = 0;
    }
  }
  return x;
}

/** Where a descent is. */
export interface Descent {
  readonly x: Tensor;
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly rate: Tensor;
  readonly count: Tensor;
}

export function beginDescent(f: Objective, slope: Objective, x: Tensor): Descent {
  const float64 = { dtype: "float64" } as const;
  const [rate, count] = [tensor(firstRate, float64), tensor(0, float64)];
  return { x, value: f(x), gradient: slope(x), rate, count };
}

/** The next turn of the loop of `descend`, and whether it would rather end there. */
export function descentStep(
  f: Objective,
  slope: Objective,
  { x, value, gradient, rate, count }: Descent,
): { ends: Tensor; next: Descent } {
  const doubles = count.equal(many);
  const tried = x.sub(gradient.mul(rate));
  const reached = f(tried);
  const descends = reached.less(value);
  const taken = descends.logicalAnd(doubles.logicalNot());
  const stays = norm(tried.sub(x)).lessEqual(enough).logicalAnd(doubles.logicalNot());
  return {
    ends: norm(gradient).lessEqual(enough).logicalOr(stays),
    next: {
      x: where(taken, tried, x),
      value: where(taken, reached, value),
      gradient: where(taken, slope(tried), gradient),
      rate: where(doubles, rate.mul(2), where(descends, rate, rate.mul(0.5))),
      count: where(taken, count.add(1), 0),
    },
  };
}
