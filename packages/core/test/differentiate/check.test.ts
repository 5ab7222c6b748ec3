import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { linear, NO_ATTRIBUTES, type Op, partials, rule } from "../../src/graph/op.ts";
import { checkGradients, type Tensor, tensor } from "../../src/index.ts";

const x = tensor([0.3, 0.7, 1.1], { dtype: "float64" });

/** An op like sin, whose derivative is planted. */
function planted(derivative: Op["derivative"]): (x: Tensor) => Tensor {
  const op: Op = {
    name: "planted",
    symbol: "planted",
    family: "elementwise",
    promotion: "float",
    formula: "sin x",
    infer: ([input]) => input ?? { shape: [], dtype: "float64", weak: false },
    derivative,
    body: ([input]) => (input as Tensor).sin(),
    batch: undefined,
    examples: { domain: [-1, 1], cases: [] },
  };
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
    // The value of cos x with no derivative of its own.
    const frozen = partials((input) => tensor(input.cos().data(), { shape: input.shape }));
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

  test("refuses float32, in which differences cannot tell", () => {
    expect(() => checkGradients((y) => y.sin(), [tensor([1])])).toThrow(
      'checkGradients: inputs[0]: expected float64, got float32. Make it with { dtype: "float64" }.',
    );
  });
});
