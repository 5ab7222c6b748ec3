import { GraddiffError } from "@graddiff/core";
import { expect } from "vitest";

/** Returns the message of the library's error that a call throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(GraddiffError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
