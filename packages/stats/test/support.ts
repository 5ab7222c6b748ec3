/** Functions that several tests use. */

import { readFileSync } from "node:fs";
import { GraddiffError, type Tensor, tensor } from "@graddiff/core";

/** Returns a float64 tensor. */
export function double(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/** Returns a file of golden values. */
export function golden(name: string) {
  return JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), "utf8"));
}

/** Returns the message of a call that must fail, without the position of the call. */
export async function complaint(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof GraddiffError) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error("the call did not fail");
}

/** Returns the bits of a tensor as text, for comparisons. */
export function bitsOf(x: Tensor): string {
  return Buffer.from(Float64Array.from(x.data()).buffer).toString("base64");
}
