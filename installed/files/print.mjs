// Prints what the program reports, for rows that read it from a process.

import { report } from "./program.mjs";

console.log(JSON.stringify(report()));
