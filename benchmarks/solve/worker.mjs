// One problem in a new process of Node: by `@graddiff/solve`, directly or compiled, or by ml-levenberg-marquardt, which
// approximates derivatives by differences.

import { compile, treeLeaves } from "@graddiff/core";
import { timeCalls } from "../rivals/timing.mjs";
import { PEAK_XS, PEAK_YS, problems } from "./problems.mjs";

/** @returns {Promise<(() => number[]) | undefined>} */
async function rivalOf(name) {
  if (!name.startsWith("curveFit")) return undefined;
  const { levenbergMarquardt } = await import(
    "../rivals/node_modules/ml-levenberg-marquardt/lib/index.js"
  );
  const model =
    ([height, middle, width, slope]) =>
    (x) =>
      height * Math.exp(-(((x - middle) / width) ** 2) / 2) + slope * x;
  const initialValues = [2, 3.5, 1, 0];
  const options = { initialValues, maxIterations: 100, gradientDifference: 1e-6 };
  const data = { x: PEAK_XS, y: PEAK_YS };
  return () => levenbergMarquardt(data, model, options).parameterValues;
}

function ownOf({ fn, inputs }, isCompiled) {
  const [run, given] = [isCompiled ? compile(fn) : fn, inputs()];
  return () => treeLeaves(run(...given)).flatMap((leaf) => Array.from(leaf.data()));
}

const [library, name, milliseconds] = process.argv.slice(2);
const problem = problems.find((each) => each.name === name);
const run =
  library === "ml" ? await rivalOf(name) : ownOf(problem, library === "graddiff, compiled");
if (run === undefined) {
  console.log(JSON.stringify({ reason: "has no such function" }));
  process.exit();
}
const { first, median, answer } = timeCalls(run, Number(milliseconds));
const step = problem.hasSteps && library !== "ml" ? (1e3 * median) / answer.at(-1) : undefined;
console.log(JSON.stringify({ first, median, step, answer }));
