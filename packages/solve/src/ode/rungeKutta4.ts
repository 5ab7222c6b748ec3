/**
 * The classical Runge–Kutta method of order 4, with equal steps between two times (W. Kutta, 1901).
 */

import { concat, forLoop, scan, type Tensor } from "@graddiff/core";
import type { Derivative } from "./method.ts";

/** Returns the states at all times, [times, unknowns]. */
export function rungeKutta4(fn: Derivative, start: Tensor, times: Tensor, steps: number): Tensor {
  const [count] = times.shape as [number];
  const [, values] = scan(
    (state: Tensor, { from, to }: { from: Tensor; to: Tensor }): [Tensor, Tensor] => {
      const length = to.sub(from).div(steps);
      const next = forLoop(
        0,
        steps,
        (i, now: Tensor) => {
          const time = from.add(length.mul(i.cast(from.dtype)));
          const half = length.div(2);
          const first = fn(time, now);
          const second = fn(time.add(half), now.add(first.mul(half)));
          const third = fn(time.add(half), now.add(second.mul(half)));
          const fourth = fn(time.add(length), now.add(third.mul(length)));
          const sum = first.add(second.mul(2)).add(third.mul(2)).add(fourth);
          return now.add(sum.mul(length.div(6)));
        },
        state,
      );
      return [next, next];
    },
    start,
    { from: times.slice([0], [count - 1]), to: times.slice([1]) },
  );
  return concat([start.reshape([1, start.size]), values]);
}
