/** What the command prints. */

import { vi } from "vitest";
import { readOptions } from "../src/options.ts";
import { run } from "../src/program.ts";

export async function outputOf(...args: string[]): Promise<string> {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  const progress = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  try {
    const options = readOptions(args);
    if (options) await run(options);
    return print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
  } finally {
    print.mockRestore();
    progress.mockRestore();
  }
}
