/** The species of penguins, learned from a CSV file: see README.md. */

import { argMax, nanMean, relu, type Tensor, where } from "@graddiff/core";
import {
  AdamW,
  accuracy,
  batches,
  confusionMatrix,
  crossEntropy,
  Dense,
  fit,
  Sequential,
  splitData,
  standardize,
} from "@graddiff/nn";
import { categories, features, numbers, readTable } from "./table.ts";

const table = readTable(new URL("../data/penguins.csv", import.meta.url));
const measured = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
const { names, classes } = categories(table, "species");
const missing = numbers(table, measured).isNaN().sum().item();
console.log(`${classes.size} penguins; ${missing} measurements are missing`);

const data = { x: features(table, measured, ["sex"]), y: classes };
const [seen, held] = splitData(data, [0.75, 0.25], { seed: 1 });
// A missing number becomes the mean over the penguins in the training set.
const means = nanMean(seen.x, 0);
const filled = (x: Tensor) => where(x.isNaN(), means, x);
const scale = standardize(filled(seen.x));
const prepared = (x: Tensor) => scale.apply(filled(x));
const model = new Sequential(new Dense(7, 16), relu, new Dense(16, names.length), { seed: 1 });
await fit(model, {
  data: batches(seen, { size: 32, shuffle: true, seed: 1 }),
  loss: (net, { x, y }) => crossEntropy(net.forward(prepared(x)), y),
  optimizer: new AdamW(model, { learningRate: 0.01 }),
  epochs: 40,
}).run();

const found = model.forward(prepared(held.x));
console.log(
  `${(100 * accuracy(found, held.y).item()).toFixed(1)} % of ${held.y.size} others are named rightly\n`,
);
const rows = confusionMatrix(argMax(found, -1), held.y, { classes: names.length }).toArray();
console.log("".padEnd(10) + names.map((name) => name.padStart(10)).join(""));
for (const [i, row] of (rows as number[][]).entries()) {
  console.log(
    (names[i] ?? "").padEnd(10) + row.map((count) => String(count).padStart(10)).join(""),
  );
}
