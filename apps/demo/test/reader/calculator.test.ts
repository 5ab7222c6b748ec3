import { expect, test } from "vitest";
import { type Reading, readLine, type ShownDigits } from "./calculator.ts";

function read(line: string, digits: ShownDigits = 4): Reading {
  const reading: Reading = { evaluated: [], named: [], symbolic: [], wrong: [] };
  readLine(line, digits, reading);
  return reading;
}

test.each([
  ["1.1 × 100 = 110", 1],
  ["apples: 1 × 1.1 = 1.1; tax: 1 × 200 = 200", 2],
  ["σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108", 1],
  ["w5 / (w5 + w6): 0.4 / (0.4 + 0.45) ≈ 0.4706", 1],
  ["0.4 − 0.5 × 0.08217 ≈ 0.3589", 1],
  ["0.5 − 0.5 × (−0.0226) = 0.5113", 1],
  ["−0.7414 × (−1) = 0.7414", 1],
  ["0.4 / (0.4 − 0.4) → ∞", 1],
  ["10 + 35 = 45", 1],
  ["dz/dx = dz/dt · dt/dx", 0],
  ["o1 → h1", 0],
])("The calculator finds nothing wrong in %j.", (line, count) => {
  const { evaluated, wrong } = read(line);
  expect([evaluated.length, wrong]).toEqual([count, []]);
});

test.each([
  ["0.7414 × 0.1108 = 0.08217", "gives 0.08214"],
  ["0.7414 × 0.1108 ≈ 0.0831", "gives 0.08214"],
  ["1.1 × 100 ≈ 110", "is exact"],
  ["1.1 × 200 = 220.00000000000003", "gives 220"],
  ["0.4 / (0.4 − 0.4) = ∞", "is not finite"],
  ["0.4 / (0.4 + 0.4) → 0.5", "is finite"],
  ["∞ × 2 → −∞", "gives Infinity"],
  ["here 2 + 3 = 6, so", "gives 5"],
  ["2 × (3 + 4) = 10 to x", "gives 14"],
])("The calculator refutes %j.", (line, complaint) => {
  expect(read(line).wrong.join()).toContain(complaint);
});

test("Names and their numbers are read one by one.", () => {
  expect(read("With x = 3 and E₁ ≈ −0.7414, z = (x + y)²")).toMatchObject({
    named: [
      { name: "With x", sign: "=", number: "3" },
      { name: expect.stringMatching(/E₁$/), sign: "≈", number: "−0.7414" },
    ],
    symbolic: [expect.stringContaining("(x + y)²")],
  });
});
