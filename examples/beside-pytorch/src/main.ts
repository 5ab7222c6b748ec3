/** Runs the programs whose names are given, or all: see README.md. */

import { run } from "./programs.ts";

await run(process.argv.slice(2));
