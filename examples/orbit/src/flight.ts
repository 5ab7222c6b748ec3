/** The flight of a probe between Earth and Moon, in the rotating frame in which both rest. */

import { concat, stack, type Tensor, tensor } from "@graddiff/core";
import { odeint } from "@graddiff/solve";

/** The Moon's share of the total mass. The unit of length is the distance to the Moon, and a month is 2π. */
export const MOON = 0.012277471;
export const start: Tensor = tensor([-0.05, 0], { dtype: "float64" });
export const goal: Tensor = tensor([1.15, 0.12], { dtype: "float64" });
export const flight = 1.1;

/**
 * Returns the derivative of the state, with the accelerations by the Earth, the Moon, and the rotation of the frame.
 */
function motion(_time: Tensor, y: Tensor): Tensor {
  const [x, z, u, v] = [y.at(0), y.at(1), y.at(2), y.at(3)];
  const pull = (away: Tensor, mass: number) => away.square().add(z.square()).pow(-1.5).mul(mass);
  const [earth, moon] = [pull(x.add(MOON), 1 - MOON), pull(x.sub(1 - MOON), MOON)];
  const along = x
    .add(v.mul(2))
    .sub(x.add(MOON).mul(earth))
    .sub(x.sub(1 - MOON).mul(moon));
  return stack([u, v, along, z.sub(u.mul(2)).sub(z.mul(earth.add(moon)))]);
}

/** Returns the positions of a probe at some times, for its initial velocity. */
export function fly(velocity: Tensor, times: Tensor): Tensor {
  const options = { relative: 1e-10, absolute: 1e-12, maxSteps: 2000 };
  return odeint(motion, concat([start, velocity]), times, options).values.slice(
    [0, 0],
    [times.size, 2],
  );
}
