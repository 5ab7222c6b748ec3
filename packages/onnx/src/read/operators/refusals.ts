/** The operators that are not supported, with the reasons. */

import type { Refusal } from "../operator.ts";

const texts: Refusal = { refused: "texts are no tensors of core" };
const sequences: Refusal = { refused: "sequences of tensors are not read" };
const optionals: Refusal = { refused: "optional tensors are not read" };

export const refusals = {
  ConcatFromSequence: sequences,
  ImageDecoder: { refused: "pictures in files are not decoded" },
  MaxRoiPool: { refused: "RoiAlign has taken its place, which is read" },
  Optional: optionals,
  OptionalGetElement: optionals,
  OptionalHasElement: optionals,
  RegexFullMatch: texts,
  SequenceAt: sequences,
  SequenceConstruct: sequences,
  SequenceEmpty: sequences,
  SequenceErase: sequences,
  SequenceInsert: sequences,
  SequenceLength: sequences,
  SequenceMap: sequences,
  SplitToSequence: sequences,
  StringConcat: texts,
  StringNormalizer: texts,
  StringSplit: texts,
  TfIdfVectorizer: { refused: "counts of words are no arithmetic of tensors" },
} as const satisfies Readonly<Record<string, Refusal>>;
