// Mistakes in calls of @graddiff/solve, each in one line, which its error must name.

import { take, tensor } from "@graddiff/core";
import { curveFit, minimize, odeint, root } from "@graddiff/solve";

const three = tensor([1, 2, 3], { dtype: "float64" });
const two = tensor([1, 2], { dtype: "float64" });

const indices = (x) => x.mul(100).cast("int32");

const mistakes = {
  odeint: () => odeint((_time, y) => y.add(three), two, two), // line odeint
  root: () => root((x) => x.mul(three), two), // line root
  running: () => root((x) => x.mul(take(two, indices(x))), two), // line running
  curveFit: () => curveFit((x, [slope]) => slope.mul(x), three, two, [1]), // line curveFit
  minimize: () => minimize((x) => x.sum(), two, { toleranse: 1 }), // line minimize
};
const report = Object.entries(mistakes).map(([name, run]) => {
  try {
    run();
  } catch ({ message, stack }) {
    const frames = stack.split("\n").filter((line) => /^ +at /.test(line));
    return { name, message, frames };
  }
  return { name, message: "no error", frames: [] };
});
console.log(JSON.stringify({ report }));
