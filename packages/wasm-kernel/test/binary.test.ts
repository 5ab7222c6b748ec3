// Addition and multiplication, forward and backward, against the reference, bit for bit.

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

function checkForward(
  operands: Operands,
  type: ElementType,
  name: BinaryName,
  length: number,
  kind: DataKind,
): void {
  operands.reset();
  const x = operands.input(length, kind, length + 1);
  const y = operands.input(length, kind, length + 2);
  const out = operands.output(length);
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
  length: number,
  kind: DataKind,
): void {
  operands.reset();
  const { kernel } = operands;
  const gradient = operands.input(length, kind, length + 3);
  const x = operands.input(length, kind, length + 4);
  const y = operands.input(length, kind, length + 5);
  const xGradient = operands.output(length);
  const yGradient = operands.output(length);
  const expected = referenceBackward(type, name, gradient.copy, x.copy, y.copy);

  if (name === "add") addBackward(kernel, gradient.view, xGradient, yGradient);
  else multiplyBackward(kernel, gradient.view, x.view, y.view, xGradient, yGradient);
  expect(firstDifference(xGradient, expected.xGradient)).toBeUndefined();
  expect(firstDifference(yGradient, expected.yGradient)).toBeUndefined();
  for (const { view, copy } of [gradient, x, y]) {
    expect(firstDifference(view, copy)).toBeUndefined();
  }

  // In place: the gradients overwrite the inputs, or the incoming gradient.
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
    it.each(lengths)("agrees with the reference at %i elements", (length) => {
      for (const kind of dataKinds) {
        checkForward(operands, type, name, length, kind);
        checkBackward(operands, type, name, length, kind);
      }
    });
  });
});
