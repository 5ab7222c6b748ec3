// Prints what the program with threads reports.

import { threaded } from "./threads.mjs";

console.log(JSON.stringify(await threaded()));
