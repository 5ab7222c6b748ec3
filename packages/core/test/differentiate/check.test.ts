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
    expect(flat).toEqual({ worst: 0, comparisons: 8, tooSmall: 8 });
    // Second derivatives of what is linear are zeros.
    expect(checkGradients((y) => y.mul(3), [x]).tooSmall).toBe(4);
    // Rounding takes what 1e12 has no digits for, and the values themselves do not show that.
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
