/**
 * Finds ONNX's own tests for commands with the arguments `[FOLDER] [--filter TEXT]`.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";

const DEBIAN = "/usr/share/libonnx-testdata/data";

/**
 * Returns the folder and the filter from the arguments of a command. If the folder does not exist, the process ends.
 *
 * @param part the part of Debian's folder that is the default.
 * @param holds a path that has to exist in the folder.
 */
export function readTestData(part: string, holds = ""): { folder: string; filter: string } {
  const parameters = process.argv.slice(2);
  const filterAt = parameters.indexOf("--filter");
  const filter = filterAt < 0 ? "" : (parameters.splice(filterAt, 2)[1] ?? "");
  const folder = parameters[0] ?? join(DEBIAN, part);
  const needed = join(folder, holds);
  if (!existsSync(needed)) {
    console.error(`There is no folder ${needed}: apt-get install libonnx-testdata`);
    process.exit(1);
  }
  return { folder, filter };
}
