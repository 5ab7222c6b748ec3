import { expect, test } from "vitest";
import { Dense, Sequential } from "../src/index.ts";

test.each([
  [
    "a dense layer of no outputs",
    () => new Dense(2, 0),
    "Dense: outputs: expected a positive integer, got 0.",
  ],
  [
    "a chain of what is no layer",
    () => new Sequential(3 as never),
    "Sequential: layers[0]: expected a layer or a function of one input, got 3.",
  ],
])("the error of %s says what was expected and what came", (_, run, message) => {
  expect(run).toThrow(message);
});
