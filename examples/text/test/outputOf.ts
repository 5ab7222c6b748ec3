/** The output of the command. */

import { vi } from "vitest";
import { readOptions } from "../src/options.ts";
import { run } from "../src/program.ts";

export async function outputOf(...args: string[]): Promise<string> {
  const progress = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  try {
    const options = readOptions(args);
    let printed = "";
    if (options) {
      await run(options, (text) => {
        printed += text;
      });
    }
    return printed;
  } finally {
    progress.mockRestore();
  }
}
