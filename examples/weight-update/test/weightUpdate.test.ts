import { readFileSync } from "node:fs";
import { tensor } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import { expect, test, vi } from "vitest";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const print = vi.spyOn(console, "log").mockImplementation(() => {});
// The arguments of the test runner are removed, since they are not options of the program.
process.argv.splice(2);
await import("../src/main.ts");
const { readSteps } = await import("../src/options.ts");
const { network, step, weightNames } = await import("../src/network.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const CASES = [
  [0, 1],
  [1, 0],
  [1, 1],
  [0, 0],
] as const;
type Case = (typeof CASES)[number];
/** Returns both targets: the first is 1 if exactly one input is 1, the second otherwise. */
const targetsOf = ([a, b]: Case) => (a === b ? ([0, 1] as const) : ([1, 0] as const));

/** The start values of the lesson. */
const START = {
  ...{ w1: 0.15, w2: 0.2, w3: 0.25, w4: 0.3, "bias h1": 0.35, "bias h2": 0.35 },
  ...{ w5: 0.4, w6: 0.45, w7: 0.5, w8: 0.55, "bias o1": 0.6, "bias o2": 0.6 },
};
type Weights = typeof START;

function outputsOf(w: Weights, [i1, i2]: Case) {
  const h1 = sigmoid(w.w1 * i1 + w.w2 * i2 + w["bias h1"]);
  const h2 = sigmoid(w.w3 * i1 + w.w4 * i2 + w["bias h2"]);
  const o1 = sigmoid(w.w5 * h1 + w.w6 * h2 + w["bias o1"]);
  const o2 = sigmoid(w.w7 * h1 + w.w8 * h2 + w["bias o2"]);
  return { h1, h2, o1, o2 };
}

/** Computes a step with the lesson's formulas, in JavaScript numbers. */
function lesson(w: Weights, inputs: Case, rate = 0.5) {
  const [i1, i2] = inputs;
  const [t1, t2] = targetsOf(inputs);
  const { h1, h2, o1, o2 } = outputsOf(w, inputs);
  const [E1, E2] = [t1 - o1, t2 - o2];
  const [d1, d2] = [E1 * o1 * (1 - o1), E2 * o2 * (1 - o2)];
  const [Eh1, Eh2] = [w.w5 * d1 + w.w7 * d2, w.w6 * d1 + w.w8 * d2];
  const [dh1, dh2] = [Eh1 * h1 * (1 - h1), Eh2 * h2 * (1 - h2)];
  const gradients: Weights = {
    ...{ w1: -dh1 * i1, w2: -dh1 * i2, w3: -dh2 * i1, w4: -dh2 * i2 },
    ...{ "bias h1": -dh1, "bias h2": -dh2 },
    ...{ w5: -d1 * h1, w6: -d1 * h2, w7: -d2 * h1, w8: -d2 * h2 },
    ...{ "bias o1": -d1, "bias o2": -d2 },
  };
  const updated = { ...w };
  for (const name of namesOf(w)) updated[name] = w[name] - rate * gradients[name];
  const nodes = {
    o1: [o1, E1, d1],
    o2: [o2, E2, d2],
    h1: [h1, Eh1, dh1],
    h2: [h2, Eh2, dh2],
  };
  return { nodes, gradients, updated };
}

const isName = (name: string): name is keyof Weights => name in START;
const namesOf = (w: Weights) => Object.keys(w).filter(isName);

const errorOf = (w: Weights) => {
  const halves = CASES.flatMap((each) => {
    const { o1, o2 } = outputsOf(w, each);
    const [t1, t2] = targetsOf(each);
    return [(t1 - o1) ** 2 / 2, (t2 - o2) ** 2 / 2];
  });
  return halves.reduce((sum, half) => sum + half);
};

/** True if all eight outputs are within 0.1 of their targets. */
const hasLearnt = (w: Weights) =>
  CASES.every((each) => {
    const { o1, o2 } = outputsOf(w, each);
    const [t1, t2] = targetsOf(each);
    return Math.abs(t1 - o1) < 0.1 && Math.abs(t2 - o2) < 0.1;
  });

const roundOf = (w: Weights, rate?: number) =>
  CASES.reduce((weights, each) => lesson(weights, each, rate).updated, w);

/** Returns the weights after each round, until XOR is learnt or all rounds are done. */
function trained(start: Weights, rounds: number, rate?: number): { w: Weights; rounds: number } {
  let w = start;
  for (let round = 1; round <= rounds; round++) {
    w = roundOf(w, rate);
    if (hasLearnt(w)) return { w, rounds: round };
  }
  return { w, rounds: Number.POSITIVE_INFINITY };
}

/** Returns the tables of the lesson's formulas, in the format of the program. */
function expectedOutput(): string {
  const row = (...cells: string[]) => `${cells.map((cell) => cell.padStart(12)).join("")}\n`;
  const six = (value: number) => value.toFixed(6);
  let text = "";
  let w: Weights = START;
  CASES.forEach((inputs, i) => {
    const { nodes, gradients, updated } = lesson(w, inputs);
    if (i < 2) {
      text += `step ${i + 1}: inputs ${inputs.join(" and ")}, targets ${targetsOf(inputs).join(" and ")}\n`;
      text += row("", "value", "error", "delta");
      for (const [name, numbers] of Object.entries(nodes)) text += row(name, ...numbers.map(six));
      text += row("", "old", "− rate ×", "gradient", "= new");
      for (const name of namesOf(w)) {
        // A product with 0 may be −0, which prints as 0.
        text += row(name, six(w[name]), "− 0.5 ×", six(gradients[name]), `= ${six(updated[name])}`);
      }
      text += "\n";
    }
    w = updated;
  });
  text += row("rounds", "E", "0 1", "1 0", "1 1", "0 0");
  for (let round = 1; round <= 3000; round++) {
    if (round > 1) w = roundOf(w);
    if (![1, 500, 1000, 1500, 2000, 2500, 3000].includes(round)) continue;
    const pairs = CASES.map((each) => {
      const { o1, o2 } = outputsOf(w, each);
      return `${o1.toFixed(2)} ${o2.toFixed(2)}`;
    });
    text += row(String(round), errorOf(w).toFixed(4), ...pairs);
  }
  return text;
}

test("every printed number is that of the lesson's formulas", () => {
  expect(printed).toBe(expectedOutput());
});

test("README.md has what the program prints, its length and its drawing", () => {
  const readme = read("README.md");
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(printed);
  for (const file of ["main", "network"]) {
    const lines = read(`src/${file}.ts`).split("\n").length - 1;
    expect(lines).toBeLessThanOrEqual(80);
    expect(readme).toMatch(new RegExp(`src/${file}\\.ts.*in ${lines} lines`));
  }
  expect(read("output/network.svg")).toBe(read("network.svg"));
});

test("the calculation in README.md is that of w7 in step 1", () => {
  const { nodes, gradients, updated } = lesson(START, [0, 1]);
  const six = (value: number | undefined) => (value ?? Number.NaN).toFixed(6).replace("-", "−");
  const [o2, E2, d2] = nodes.o2;
  const [h1, Eh1, dh1] = nodes.h1;
  const readme = read("README.md");
  for (const line of [
    `E₂ = t₂ − o₂ = 0 − ${six(o2)} = ${six(E2)}`,
    `delta of o2 = ${six(E2)} × ${six(o2)} × (1 − ${six(o2)}) = ${six(d2)}`,
    `∂E/∂w7 = −(${six(d2)}) × ${six(h1)} = ${six(gradients.w7)}`,
    `new w7 = 0.5 − 0.5 × ${six(gradients.w7)} = ${six(updated.w7)}`,
    `error of h1 = 0.4 × ${six(nodes.o1[2])} + 0.5 × ${six(d2)}`.replace("+ 0.5 × −", "− 0.5 × "),
    `= ${six(Eh1)}`,
    `= ${six(dh1)}`,
  ]) {
    expect(readme).toContain(line);
  }
});

test("after training all weights are those of the lesson's formulas, and the four cases are learnt", () => {
  let w: Weights = START;
  for (let round = 1; round <= 3000; round++) w = roundOf(w);
  const expected = namesOf(w).map((name) => w[name]);
  const { updates } = step(
    tensor([0, 1], { dtype: "float64" }),
    tensor([1, 0], { dtype: "float64" }),
  );
  expect(weightNames).toEqual(namesOf(w));
  expected.forEach((value, i) => {
    expect(Math.abs(updates.at(i, 0).item() - value)).toBeLessThan(1e-9);
  });
  expect(hasLearnt(w)).toBe(true);
  for (const each of CASES) {
    const outputs = network.forward(tensor([...each], { dtype: "float64" }));
    expect(Array.from(outputs.data(), Math.round)).toEqual(targetsOf(each));
  }
});

test("README.md says how long it takes, and which starts and rates get stuck", () => {
  const readme = read("README.md");
  const { rounds } = trained(START, 3000);
  expect(readme.replaceAll("\n", " ")).toContain(`After ${rounds} rounds`);
  const stuck = trained(START, 5_000, 2);
  expect(stuck.rounds).toBe(Number.POSITIVE_INFINITY);
  expect(readme).toContain(`a rate of 2 still has an E of ${errorOf(stuck.w).toFixed(1)} after`);
  const learnt = Array.from({ length: 20 }, (_, seed) => trained(startOf(seed), 5_000)).filter(
    ({ rounds: needed }) => needed <= 5_000,
  ).length;
  expect(learnt).toBeGreaterThan(0);
  expect(learnt).toBeLessThan(20);
  expect(readme).toContain(`of 20 random starts ${learnt} learn XOR`);
});

/** Returns the initial weights of two Dense layers for a seed. */
function startOf(seed: number): Weights {
  const layers = [2 * seed, 2 * seed + 1].map(
    (own) => new Dense(2, 2, { dtype: "float64", seed: own }),
  );
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = layers.flatMap(({ weight }) =>
    Array.from(weight.value.data()),
  );
  return {
    ...{ w1: a, w3: b, w2: c, w4: d, "bias h1": 0, "bias h2": 0 },
    ...{ w5: e, w7: f, w6: g, w8: h, "bias o1": 0, "bias o2": 0 },
  };
}

test("any number of steps is printed, and another word is refused in one line", () => {
  expect([readSteps("0", 12000), readSteps("12000", 12000)]).toEqual([0, 12000]);
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  for (const word of ["x", "12001", "-1", "1.5", ""]) {
    expect(() => readSteps(word, 12000)).toThrow("exit 1");
    expect(complain.mock.lastCall).toEqual([
      `expected the number of steps to print, from 0 to 12000, got "${word}"`,
    ]);
  }
  complain.mockRestore();
  exit.mockRestore();
});
