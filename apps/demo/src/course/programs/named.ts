/**
 * The type of a program's inputs: an object of tensors, whose names are listed in one string.
 */

import type { Tensor } from "@graddiff/core";

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? First | Words<Rest>
  : Text;

/** `Inputs<"price count">` has a tensor `price` and a tensor `count`. */
export type Inputs<Names extends string> = { readonly [Name in Words<Names>]: Tensor };
