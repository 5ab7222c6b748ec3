// Prints the report of the program, for rows that run it in a process.

import { report } from "./program.mjs";

console.log(JSON.stringify(report()));
