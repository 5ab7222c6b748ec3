import { expect, test } from "vitest";
import { cell, graphOf, row, runLesson } from "./support/results.ts";

/** One update of the published example, written out by hand. */
function byHand() {
  const [i1, i2, t1, t2, rate, b1, b2] = [0.05, 0.1, 0.01, 0.99, 0.5, 0.35, 0.6];
  const [w1, w2, w3, w4, w5, w6, w7, w8] = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55];
  const h1 = 1 / (1 + Math.exp(-(w1 * i1 + w2 * i2 + b1)));
  const h2 = 1 / (1 + Math.exp(-(w3 * i1 + w4 * i2 + b1)));
  const o1 = 1 / (1 + Math.exp(-(w5 * h1 + w6 * h2 + b2)));
  const o2 = 1 / (1 + Math.exp(-(w7 * h1 + w8 * h2 + b2)));
  const error1 = t1 - o1;
  const error2 = t2 - o2;
  const delta1 = -error1 * o1 * (1 - o1);
  const delta2 = -error2 * o2 * (1 - o2);
  const carried1 = delta1 * w5 + delta2 * w7;
  const carried2 = delta1 * w6 + delta2 * w8;
  const hidden1 = carried1 * h1 * (1 - h1);
  const hidden2 = carried2 * h2 * (1 - h2);
  return {
    nodes: { h1, h2, o1, o2 },
    errors: { o1: error1, o2: error2 },
    total: 0.5 * (error1 ** 2 + error2 ** 2),
    backward: {
      o1: [-error1, delta1],
      o2: [-error2, delta2],
      h1: [carried1, hidden1],
      h2: [carried2, hidden2],
    },
    weights: {
      w1: w1 - rate * hidden1 * i1,
      w2: w2 - rate * hidden1 * i2,
      w3: w3 - rate * hidden2 * i1,
      w4: w4 - rate * hidden2 * i2,
      w5: w5 - rate * delta1 * h1,
      w6: w6 - rate * delta1 * h2,
      w7: w7 - rate * delta2 * h1,
      w8: w8 - rate * delta2 * h2,
    },
  };
}

const UPDATE = "One update of every weight";
const result = runLesson("weight-update");
const hand = byHand();

function expectTwelveDigits(got: unknown, expected: number) {
  expect(Math.abs(Number(got) - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
}

test.each(Object.entries(hand.nodes))(
  "node %s has the value of a hand calculation",
  (name, value) => {
    expectTwelveDigits(cell(result, "Forward: the nodes", name, 2), value);
  },
);

test("the errors at the outputs and the total error are those of a hand calculation", () => {
  const heading = "The errors at the outputs";
  expectTwelveDigits(cell(result, heading, "o1", 3), hand.errors.o1);
  expectTwelveDigits(cell(result, heading, "o2", 3), hand.errors.o2);
  expectTwelveDigits(cell(result, heading, "total E", 3), hand.total);
  expect(Number(cell(result, heading, "total E", 3)).toFixed(9)).toBe("0.298371109");
});

test.each(Object.entries(hand.backward))(
  "the error carried back to %s is that of a hand calculation",
  (name, [ofValue = Number.NaN, ofNet = Number.NaN]) => {
    const [, gotOfValue, gotOfNet] = row(
      result,
      "Backward: errors carried back to the hidden nodes",
      name,
    );
    expectTwelveDigits(gotOfValue, ofValue);
    expectTwelveDigits(gotOfNet, ofNet);
  },
);

test.each(Object.entries(hand.weights))(
  "the new %s is that of a hand calculation",
  (name, weight) => {
    expectTwelveDigits(cell(result, UPDATE, name, 3), weight);
  },
);

test.each([
  ["w1", 0.149780716, 9],
  ["w2", 0.19956143, 8],
  ["w3", 0.24975114, 8],
  ["w4", 0.29950229, 8],
  ["w5", 0.35891648, 8],
  ["w6", 0.408666186, 9],
  ["w7", 0.51130127, 9],
  ["w8", 0.561370121, 9],
])("the new %s has the published digits", (name, published, digits) => {
  expect(Number(Number(cell(result, UPDATE, name, 3)).toFixed(digits))).toBe(published);
});

test("further updates make the error smaller", () => {
  const errors = ["0", "1", "501"].map((count) => Number(cell(result, "Learning", count, 1)));
  expect(errors).toEqual(errors.toSorted((a, b) => b - a));
  expect(errors[1]?.toFixed(9)).toBe("0.291027774");
});

test("the gradient of a hidden node is the sum of what comes back from both outputs", () => {
  const graph = graphOf(result, "The graph of the error");
  const h1 = graph.node("h1");
  const parts = graph.nodes.flatMap(({ inputs }) =>
    inputs.flatMap(({ from, gradient }) => (from === h1?.id && gradient ? [gradient.item()] : [])),
  );
  expect(parts).toHaveLength(2);
  expect(h1?.gradient?.item()).toBe((parts[0] ?? 0) + (parts[1] ?? 0));
});
