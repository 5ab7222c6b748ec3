/** The command: see README.md. */

import { readOptions } from "./options.ts";
import { run } from "./program.ts";

const options = readOptions(process.argv.slice(2));
if (options) await run(options);
