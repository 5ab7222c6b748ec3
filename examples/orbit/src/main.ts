/** A probe is shot from the Earth past the Moon to a goal, by a gradient through its trajectory: see README.md. */

import { linspace, type Tensor, tensor } from "@graddiff/core";
import { type Root, root } from "@graddiff/solve";
import { saveDrawing } from "./drawing.ts";
import { flight, fly, goal } from "./flight.ts";

const ends = tensor([0, flight], { dtype: "float64" });
export const aim: Tensor = tensor([4.3, -5.6], { dtype: "float64" });
export const shot: Root<Tensor> = root(
  (velocity: Tensor) => fly(velocity, ends).at(1).sub(goal),
  aim,
);

const text = (x: Tensor) => x.toString({ digits: 8 });
console.log(`aimed with ${text(aim)}, it comes to ${text(fly(aim, ends).at(1))}`);
console.log(`shot with ${text(shot.x)}, it comes to ${text(fly(shot.x, ends).at(1))}`);
console.log(
  `${shot.reason}: ${shot.iterations.item()} steps, ${shot.evaluations.item()} trajectories`,
);
const times = linspace(0, flight, 241, { dtype: "float64" });
saveDrawing(fly(aim, times), fly(shot.x, times));
