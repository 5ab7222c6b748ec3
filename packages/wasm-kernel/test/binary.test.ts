// Every form of add and multiply, forward and backward, against the reference, bit for bit.

import { describe, expect, it } from "vitest";
import { addBackward, addForward, multiplyBackward, multiplyForward } from "../src/index.ts";
import { type BinaryName, referenceBackward, referenceForward } from "./reference.ts";
import {
  type DataKind,
  dataKinds,
  type ElementType,
  elementTypes,
  firstDifference,
  lengths,
  Operands,
} from "./support.ts";

const names: readonly BinaryName[] = ["add", "multiply"];
const forwards = { add: addForward, multiply: multiplyForward };

/** Rows around every group and block end, columns around every vector and tile end. */
const rowShapes: readonly (readonly [rows: number, columns: number])[] = [
  ...[2, 3, 7, 8, 9, 15, 16, 17, 33, 511, 512, 513, 1025, 1537].flatMap((rows) =>
    [2, 3, 4, 5, 7, 8, 9, 31, 33].map((columns) => [rows, columns] as const),
  ),
  ...[2, 17, 513].flatMap((rows) =>
    [127, 128, 129, 255, 257, 401].map((columns) => [rows, columns] as const),
  ),
  [33335, 3],
  [3587, 131],
];

function checkForward(
  operands: Operands,
  type: ElementType,
  name: BinaryName,
  xLength: number,
  yLength: number,
  kind: DataKind,
): void {
  operands.reset();
  const x = operands.input(xLength, kind, xLength + 1);
  const y = operands.input(yLength, kind, yLength + 2);
  const out = operands.output(xLength);
  const expected = referenceForward(type, name, x.copy, y.copy);

  forwards[name](operands.kernel, x.view, y.view, out);
  expect(firstDifference(out, expected)).toBeUndefined();
  expect(firstDifference(x.view, x.copy)).toBeUndefined();
  expect(firstDifference(y.view, y.copy)).toBeUndefined();

  forwards[name](operands.kernel, x.view, y.view, x.view);
  expect(firstDifference(x.view, expected)).toBeUndefined();
  expect(operands.brokenGuard()).toBeUndefined();
}

function checkBackward(
  operands: Operands,
  type: ElementType,
  name: BinaryName,
  xLength: number,
  yLength: number,
  kind: DataKind,
): void {
  operands.reset();
  const { kernel } = operands;
  const gradient = operands.input(xLength, kind, xLength + 3);
  const x = operands.input(xLength, kind, xLength + 4);
  const y = operands.input(yLength, kind, yLength + 5);
  const xGradient = operands.output(xLength);
  const yGradient = operands.output(yLength);
  const expected = referenceBackward(type, name, gradient.copy, x.copy, y.copy);

  if (name === "add") addBackward(kernel, gradient.view, xGradient, yGradient);
  else multiplyBackward(kernel, gradient.view, x.view, y.view, xGradient, yGradient);
  expect(firstDifference(xGradient, expected.xGradient)).toBeUndefined();
  expect(firstDifference(yGradient, expected.yGradient)).toBeUndefined();
  for (const { view, copy } of [gradient, x, y]) {
    expect(firstDifference(view, copy)).toBeUndefined();
  }

  // In place: the gradients take the place of the inputs, or of the incoming gradient.
  if (name === "add") {
    addBackward(kernel, gradient.view, gradient.view, yGradient);
    expect(firstDifference(gradient.view, expected.xGradient)).toBeUndefined();
  } else {
    multiplyBackward(kernel, gradient.view, x.view, y.view, x.view, y.view);
    expect(firstDifference(x.view, expected.xGradient)).toBeUndefined();
    expect(firstDifference(y.view, expected.yGradient)).toBeUndefined();
  }
  expect(firstDifference(yGradient, expected.yGradient)).toBeUndefined();
  expect(operands.brokenGuard()).toBeUndefined();
}

describe.each(elementTypes)("$name", (type) => {
  const operands = new Operands(type);

  describe.each(names)("%s", (name) => {
    it.each(lengths)("of equal lengths agrees with the reference at %i elements", (length) => {
      for (const kind of dataKinds) {
        checkForward(operands, type, name, length, length, kind);
        checkBackward(operands, type, name, length, length, kind);
      }
    });

    it.each(lengths)("with a scalar on the right agrees at %i elements", (length) => {
      for (const kind of dataKinds) {
        checkForward(operands, type, name, length, 1, kind);
        checkBackward(operands, type, name, length, 1, kind);
      }
    });

    it.each(rowShapes)(
      "with a row on the right agrees at %i rows of %i columns",
      (rows, columns) => {
        const kinds = rows * columns > 10000 ? (["ordinary"] as const) : dataKinds;
        for (const kind of kinds) {
          checkForward(operands, type, name, rows * columns, columns, kind);
          checkBackward(operands, type, name, rows * columns, columns, kind);
        }
      },
    );
  });
});
