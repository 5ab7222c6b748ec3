/** Logistic regression of a CSV file by L-BFGS: see README.md. */

import { readFileSync } from "node:fs";
import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";

const text = readFileSync(new URL("../data/breast-cancer.csv", import.meta.url), "utf8");
const lines = text.trim().split("\n").slice(1);
const table = gd.tensor(lines.map((line) => line.split(",").map(Number)));
const data = { x: table.at("...", [0, 30]), y: table.at("...", 30).cast("int32") };
export const [training, testing] = nn.splitData(data, [0.8, 0.2], { seed: 1 });
export const scale = nn.standardize(training.x);

export const model = new nn.Dense(30, 1, { seed: 1 });
const scoresOf = (x: gd.Tensor) => model.forward(scale.apply(x)).squeeze(1);
const { loss, steps } = new nn.LBFGS(model, { history: 100 }).minimize(() => {
  const penalty = model.weight.value.square().sum().mul(0.001);
  return nn.binaryCrossEntropy(scoresOf(training.x), training.y).add(penalty);
});

export const scores = scoresOf(testing.x);
const { accuracy, precision, recall, f1, areaUnderCurve } = nn;
console.log(`loss ${loss.toFixed(4)} after ${steps} steps`);
for (const [name, metric] of Object.entries({ accuracy, precision, recall, f1 })) {
  console.log(`${name} ${metric(scores, testing.y, { threshold: 0 }).item().toFixed(3)}`);
}
console.log(`area under the curve ${areaUnderCurve(scores, testing.y).item().toFixed(3)}`);
