// Prints the report of the program with threads.

import { threaded } from "./threads.mjs";

console.log(JSON.stringify(await threaded()));
