// The sum of an array, whose order never changes.

import { describe, expect, it } from "vitest";
import { sum } from "../src/index.ts";
import { referenceSum } from "./reference.ts";
import { dataKinds, elementTypes, lengths, Operands } from "./support.ts";

/** The sum Σ 1/(i + 1) over 5000 terms, whose bits may never change. */
const recorded = { float32: 9.094510078430176, float64: 9.094508852984438 };

describe.each(elementTypes)("the sum of $name", (type) => {
  const operands = new Operands(type);

  it.each([...lengths, 2, 15, 16, 17, 1024, 1536, 1537, 2048, 2049, 3584])(
    "agrees with the reference at %i elements, bit for bit",
    (length) => {
      for (const kind of dataKinds) {
        operands.reset();
        const { view, copy } = operands.input(length, kind, length + 7);
        const expected = referenceSum(type, length, (index) => copy[index] ?? 0);
        expect(sum(operands.kernel, view)).toBe(expected);
      }
    },
  );

  it("keeps its bits: recorded values of a fixed sequence", () => {
    operands.reset();
    const view = operands.output(5000);
    for (let index = 0; index < view.length; index++) view[index] = 1 / (index + 1);
    expect(sum(operands.kernel, view)).toBe(recorded[type.name]);
  });

  it("starts from +0, so that it is never −0", () => {
    operands.reset();
    const view = operands.output(3).fill(-0);
    expect(Object.is(sum(operands.kernel, view), 0)).toBe(true);
  });
});

describe("the sum of many equal float32 values", () => {
  it("loses no digits to the length", () => {
    const type = elementTypes[0];
    if (type === undefined) throw new Error("float32 is the first element type");
    const operands = new Operands(type);
    const view = operands.output(10_000_000).fill(0.1);
    expect(sum(operands.kernel, view)).toBeCloseTo(1_000_000, 0);
  });
});
