import { format } from "node:util";
import { vi } from "vitest";

/** Returns the lines that an example prints while its module is loaded. */
export async function printedBy(load: (() => Promise<unknown>) | undefined): Promise<string[]> {
  if (load === undefined) throw new Error("the example is not there");
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    lines.push(format(...values));
  });
  try {
    await load();
  } finally {
    log.mockRestore();
  }
  return lines;
}
