/** A 2-2-2 network learns XOR with layers only, and the program prints every step: see README.md. */

import { type Tensor, tensor } from "@graddiff/core";
import { saveDrawing } from "./drawing.ts";
import { network, nodeNames, rate, type Step, step, weightNames } from "./network.ts";
import { readSteps } from "./options.ts";

/** The four cases: the first target is XOR of the inputs, the second its opposite. */
const inputs = tensor(
  [
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ],
  { dtype: "float64" },
);
const targets = tensor(
  [
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ],
  { dtype: "float64" },
);
const stepOf = (i: number) => step(inputs.at(i), targets.at(i));

const textsOf = (x: Tensor, digits: number) => Array.from(x.data(), (each) => each.toFixed(digits));
const print = (...cells: string[]) => console.log(cells.map((cell) => cell.padStart(12)).join(""));

function printStep(number: number, i: number, { nodes, updates }: Step): void {
  const [given, wanted] = [inputs.at(i), targets.at(i)].map((x) => textsOf(x, 0).join(" and "));
  console.log(`step ${number}: inputs ${given}, targets ${wanted}`);
  print("", "value", "error", "delta");
  nodeNames.forEach((name, node) => {
    print(name, ...textsOf(nodes.at(node), 6));
  });
  print("", "old", "− rate ×", "gradient", "= new");
  weightNames.forEach((name, weight) => {
    const [old = "", gradient = "", updated] = textsOf(updates.at(weight), 6);
    print(name, old, `− ${rate} ×`, gradient, `= ${updated}`);
  });
  console.log();
}

/** Returns the sum of E over all cases, and their outputs. */
function look(round: number): { error: number; cells: string[] } {
  const outputs = network.forward(inputs);
  const error = targets.sub(outputs).square().sum().mul(0.5).item();
  const pairs = [0, 1, 2, 3].map((i) => textsOf(outputs.at(i), 2).join(" "));
  return { error, cells: [String(round), error.toFixed(4), ...pairs] };
}

const rounds = 3000;
const shown = readSteps(process.argv[2] ?? "2", 4 * rounds);
const steps: Step[] = [];
const looks = Array.from({ length: rounds }, (_, i) => {
  for (let k = 0; k < 4; k++) {
    const done = stepOf(k);
    if (steps.push(done) <= shown) printStep(steps.length, k, done);
  }
  return look(i + 1);
});
print("rounds", "E", "0 1", "1 0", "1 1", "0 0");
for (const round of [1, 500, 1000, 1500, 2000, 2500, 3000])
  print(...(looks[round - 1]?.cells ?? []));
const [first] = steps;
if (first)
  saveDrawing(
    first,
    looks.map(({ error }) => error),
  );
