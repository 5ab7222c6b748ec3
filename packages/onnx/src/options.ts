/**
 * The options that all functions of the package have.
 */

import { ArgumentError } from "@graddiff/core";
import { describe, listOf, oneOf, optional, type Reader } from "@graddiff/core/extend";
import { text } from "@graddiff/core/internal";

/** The version of the file format that came with each version of the operators. */
export const IR_VERSIONS = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10 } as const;

/** A version of ONNX's operators. */
export type Opset = keyof typeof IR_VERSIONS;

/** The version that models have where no op of theirs needs a later one. */
export const LEAST_OPSET: Opset = 17;

/** Undefined for the least version that has all operators of a model. */
export const readOpset: Reader<Opset | undefined> = optional<Opset | undefined>(
  oneOf<Opset>(17, 18, 19, 20, 21, 22),
  undefined,
);

/** Returns an object that may have Variables inside; the walk through it finds errors. */
export function holderOf(expected: string): Reader<object> {
  return (op, argument, value) => {
    if (typeof value === "object" && value !== null) return value;
    throw new ArgumentError({ op, argument, expected, got: describe(value) });
  };
}

/** A name in a model: ONNX uses the empty name for an omitted value. */
export const readName: Reader<string> = (op, argument, value) => {
  const name = text(op, argument, value);
  if (name !== "" && !/\p{Surrogate}/u.test(name)) return name;
  const expected = "a name: a text that is not empty, in well-formed Unicode";
  throw new ArgumentError({ op, argument, expected, got: describe(name) });
};

/** Names, each of them once. */
export const readNames: Reader<string[]> = (op, argument, value) => {
  const names = listOf(readName, "an array of names")(op, argument, value);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw new ArgumentError({
    op,
    argument,
    expected: "each name once",
    got: `${describe(twice)} twice`,
  });
};
