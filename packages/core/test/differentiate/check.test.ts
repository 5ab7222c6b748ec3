import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { linear, type Op, partials, rule, sameType } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  type CheckOptions,
  checkGradients,
  clip,
  leakyRelu,
  maximum,
  minimum,
  stopGradient,
  type Tensor,
  tensor,
  where,
} from "../../src/index.ts";
import { sampled, seedsTo } from "../support/sampling.ts";

const x = tensor([0.3, 0.7, 1.1], { dtype: "float64" });

/** Returns an op that computes the sine with a given derivative. */
function plantedOp(derivative: Op["derivative"]): Op {
  return {
    name: "planted",
    symbol: "planted",
    family: "elementwise",
    promotion: "float",
    formula: "sin x",
    results: sameType,
    derivative,
    body: ([input]) => [(input as Tensor).sin()],
    batch: undefined,
    examples: { domain: [-1, 1], cases: [] },
  };
}

function planted(derivative: Op["derivative"]): (x: Tensor) => Tensor {
  const op = plantedOp(derivative);
  return (input) => apply(op, [input], NO_ATTRIBUTES);
}

describe("checkGradients", () => {
  test("passes right rules of every kind", () => {
    const right = [
      partials((input) => input.cos()),
      linear((cotangent, { inputs: [input] }) => cotangent.mul((input as Tensor).cos())),
      rule((cotangent, { inputs: [input] }) => cotangent.mul((input as Tensor).cos())),
      undefined,
    ];
    for (const derivative of [right[0], right[2], right[3]]) {
      expect(checkGradients(planted(derivative), [x]).worst).toBeLessThan(1e-9);
    }
  });

  test.each([
    ["a wrong sign", partials((input) => input.cos().neg())],
    ["a factor off by one part in 10,000", partials((input) => input.cos().mul(1.0001))],
    ["a missing contribution", partials(undefined)],
    [
      "a rule that forgets the gradient",
      rule((_c, { inputs: [input] }) => (input as Tensor).cos()),
    ],
    ["NaN", partials((input) => input.cos().mul(Number.NaN))],
  ] as const)("catches %s", (_name, derivative) => {
    expect(() => checkGradients(planted(derivative), [x])).toThrow(/by central differences/);
  });

  test("catches a rule that is right to first order only", () => {
    // The frozen derivative has the value of cos x, but its own derivative is zero.
    const frozen = partials((input) => stopGradient(input.cos()));
    const fn = planted(frozen);
    expect(() => checkGradients(fn, [x], { order: 1 })).not.toThrow();
    expect(() => checkGradients(fn, [x])).toThrow(/second derivative in reverse mode/);
  });

  test("catches a linear mark on an op that is not linear, in forward mode", () => {
    const wrong = linear((cotangent, { inputs: [input] }) =>
      cotangent.mul((input as Tensor).cos()),
    );
    expect(() => checkGradients(planted(wrong), [x])).toThrow(/in forward mode/);
  });

  test("catches gradients that are wrong however small they are", () => {
    for (const scale of [1, 1e-3, 1e-9, 1e-150]) {
      const small = (derivative: Op["derivative"]) => (input: Tensor) =>
        planted(derivative)(input).mul(scale);
      const right = checkGradients(small(partials((input) => input.cos())), [x]);
      expect(right.worst).toBeLessThan(1e-9);
      expect(right.tooSmall).toBe(0);
      const wrongs = [(y: Tensor) => y.cos().mul(1.0001), (y: Tensor) => y.cos().mul(0)];
      for (const wrong of wrongs) {
        expect(() => checkGradients(small(partials(wrong)), [x])).toThrow(/by central differences/);
      }
    }
  });

  test("says which derivatives are too small to compare with the noise of differences", () => {
    const flat = checkGradients((y) => y.mul(0).add(1), [x]);
    expect(flat).toEqual({ worst: 0, comparisons: 8, tooSmall: 8, corners: 0 });
    // The second derivatives of a linear function are zeros.
    expect(checkGradients((y) => y.mul(3), [x]).tooSmall).toBe(4);
    // The sum with 1e12 rounds away the digits of small numbers, and the final values do not show it.
    const rounded = (y: Tensor) => y.sin().add(1e12).sub(1e12);
    expect(checkGradients(rounded, [x], { order: 1 }).tooSmall).toBe(4);
    const wrong = (y: Tensor) =>
      planted(partials((z) => z.mul(9)))(y)
        .add(1e6)
        .sub(1e6);
    expect(() => checkGradients(wrong, [x])).toThrow(/by central differences/);
  });

  test("refuses float32, in which differences cannot tell", () => {
    expect(() => checkGradients((y) => y.sin(), [tensor([1])])).toThrow(
      'checkGradients: inputs[0]: expected float64, got float32. Make it with { dtype: "float64" }.',
    );
  });
});

describe("checkGradients at a corner", () => {
  const double = (...numbers: number[]) => tensor(numbers, { dtype: "float64" });
  type Fn = (...inputs: Tensor[]) => unknown;
  const corners: readonly (readonly [string, Fn, readonly Tensor[]])[] = [
    ["relu", (a) => a.relu(), [double(0)]],
    ["relu of many zeros", (a) => a.relu(), [double(0, 0, 0, 0, 0, 0, 0.5, -1)]],
    ["a sum of them", (a) => a.relu().sum(), [double(0, 0, 0, 0)]],
    ["abs", (a) => a.abs(), [double(0, 0, 2)]],
    ["abs, scaled", (a) => a.abs().mul(1e-100), [double(0)]],
    ["abs beside large numbers", (a) => a.abs().add(100), [double(0)]],
    ["the maximum of equal elements", (a, b) => maximum(a, b), [double(1, 2), double(1, 3)]],
    ["the minimum of equal elements", (a, b) => minimum(a, b), [double(1, 2), double(1, 2)]],
    ["the greatest of ties", (a) => a.max(), [double(3, 1, 3, 3)]],
    ["the least of ties", (a) => a.min(), [double(1, 1, 2)]],
    ["clip at its bounds", (a) => clip(a, -1, 2), [double(-1, 2, 0.5)]],
    ["leakyRelu", (a) => leakyRelu(a), [double(0, 0)]],
    [
      "sums of smooth and of cornered terms",
      (a, b) => a.relu().mul(b).add(a.abs()),
      [double(0), double(3)],
    ],
    ["steep curves beside it", (a) => a.abs().add(a.mul(5).exp()), [double(0)]],
    [
      "steep terms of other inputs",
      (a, b) => a.abs().add(b.square().mul(1e4)),
      [double(0), double(3)],
    ],
    ["a kink on a kink", (a) => a.abs().relu().add(a.relu().abs()), [double(0, 0)]],
    ["a tree of results", (a) => ({ up: a.relu(), down: [a.neg().relu()] }), [double(0, 0)]],
  ];

  test.each(corners)("passes %s, and counts the comparisons as such", (_name, fn, at) => {
    for (const seed of sampled(seedsTo(5), 3)) {
      const { worst, comparisons, tooSmall, corners } = checkGradients(fn, at, { seed });
      expect([comparisons, corners, tooSmall]).toEqual([8, 8, 0]);
      expect(worst).toBe(0);
    }
  });

  /** Returns relu with a wrong derivative: three slopes by the sign of its input. */
  const wrongRelu = (below: number, at: number, above: number) => {
    const slope = (a: Tensor) => where(a.greater(0), above, where(a.less(0), below, at));
    const op: Op = {
      ...plantedOp(partials((input) => slope(input).cast("float64"))),
      body: ([input]) => [(input as Tensor).relu()],
    };
    return (input: Tensor) => apply(op, [input], NO_ATTRIBUTES);
  };
  const first: CheckOptions = { order: 1 };

  test("lets the derivative be anything from one side's slope to the other's", () => {
    for (const at of [0, 0.3, 1]) {
      expect(checkGradients(wrongRelu(0, at, 1), [double(0)], first).corners).toBe(4);
    }
  });

  test.each([1.001, 2, -0.001, -1])("catches a derivative of %d there, between 0 and 1", (at) => {
    const wrong = wrongRelu(0, at, 1);
    const message =
      /first derivative in reverse mode: expected from \S+ to \S+, the slopes left and right of a corner/;
    expect(() => checkGradients(wrong, [double(0)], first)).toThrow(message);
    expect(() => checkGradients(wrong, [double(1, 0, 0, 0, 0)], first)).toThrow(message);
    expect(() => checkGradients((a) => wrong(a).mul(1e-9), [double(0)], first)).toThrow(message);
    expect(() => checkGradients((a) => wrong(a).sum(), [double(0, 0, 3)], first)).toThrow(message);
    const beside = (a: Tensor) => a.relu().add(wrong(a.sub(1)));
    expect(() => checkGradients(beside, [double(0, 1)], first)).toThrow(message);
  });

  test("catches a derivative that is wrong beside another element's corner", () => {
    const wrong = wrongRelu(0, 0, 1.5);
    expect(() => checkGradients((a) => wrong(a).add(a.abs()), [double(0, 0, 1)], first)).toThrow(
      /checkGradients: first derivative/,
    );
  });

  test("catches a second derivative that is wrong beside a corner", () => {
    const frozen = planted(partials((z) => stopGradient(z.cos())));
    expect(() => checkGradients((a) => frozen(a).add(a.relu()), [double(0, 0, 0.7)])).toThrow(
      /second derivative in reverse mode/,
    );
  });

  test("tells a jump, and takes that of a first derivative for a corner", () => {
    for (const step of [
      (a: Tensor) => a.greaterEqual(0).cast("float64"),
      (a: Tensor) => a.sign(),
      (a: Tensor) => a.floor().add(a.square()),
      (a: Tensor) => where(a.equal(0), 1, a),
    ]) {
      expect(() => checkGradients(step, [double(0)])).toThrow(
        "checkGradients: fn: expected a function without a jump at the inputs, got one that jumps there.",
      );
    }
  });

  test("fails where a slope is infinite", () => {
    expect(() => checkGradients((a) => a.abs().sqrt(), [double(0)])).toThrow(/derivative/);
  });
});
