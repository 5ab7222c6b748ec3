/** The lines that a program prints. */

import type { TensorLike } from "@graddiff/core";

/** Returns the lines that a program prints, with all digits of the numbers. */
export function printed(program: (print: (...shown: TensorLike[]) => void) => void): string[] {
  const lines: string[] = [];
  program((...shown) => {
    lines.push(
      shown.map((each) => String(typeof each === "number" ? each : each.item())).join(" "),
    );
  });
  return lines;
}
