// The row kernels at shapes that the checked functions hand to other kernels, or never pass.

import { describe, expect, it } from "vitest";
import { referenceSum } from "./reference.ts";
import { elementTypes, firstDifference, Operands } from "./support.ts";

describe.each(elementTypes)("a row of $name", (type) => {
  const operands = new Operands(type);
  const ending = type.name === "float32" ? "f32" : "f64";

  it("of one column sums like a scalar", () => {
    operands.reset();
    const { exports, rowScratch } = operands.kernel;
    const rows = 5003;
    const gradient = operands.input(rows, "ordinary", 1);
    const xGradient = operands.output(rows);
    const yGradient = operands.output(1);
    exports[`addBackwardRow_${ending}` as const](
      gradient.view.byteOffset,
      xGradient.byteOffset,
      yGradient.byteOffset,
      rowScratch,
      rows,
      1,
    );
    expect(yGradient[0]).toBe(referenceSum(type, rows, (row) => gradient.copy[row] ?? 0));
    expect(firstDifference(xGradient, gradient.copy)).toBeUndefined();
    expect(operands.brokenGuard()).toBeUndefined();
  });

  it.each([3, 131])("of no rows at all has the gradient +0 in all %i columns", (columns) => {
    operands.reset();
    const { exports, rowScratch } = operands.kernel;
    const y = operands.input(columns, "ordinary", 2);
    const yGradient = operands.output(columns);
    const nothing = operands.output(0).byteOffset;
    exports[`multiplyBackwardRow_${ending}` as const](
      nothing,
      nothing,
      y.view.byteOffset,
      nothing,
      yGradient.byteOffset,
      rowScratch,
      0,
      columns,
    );
    expect(firstDifference(yGradient, type.make(columns))).toBeUndefined();
    expect(operands.brokenGuard()).toBeUndefined();
  });

  it("of one row or of no columns is no special case", () => {
    operands.reset();
    const { exports, rowScratch } = operands.kernel;
    const x = operands.input(9, "ordinary", 3);
    const y = operands.input(9, "ordinary", 4);
    const out = operands.output(9);
    const addresses = [x.view.byteOffset, y.view.byteOffset, out.byteOffset] as const;
    exports[`multiplyForwardRow_${ending}` as const](...addresses, rowScratch, 1, 9);
    const product = x.copy.map((value, index) => type.round(value * (y.copy[index] ?? 0)));
    const expected = type.make(9);
    expected.set(product);
    expect(firstDifference(out, expected)).toBeUndefined();
    exports[`addForwardRow_${ending}` as const](...addresses, rowScratch, 5, 0);
    expect(firstDifference(out, expected)).toBeUndefined();
    expect(operands.brokenGuard()).toBeUndefined();
  });
});
