// Prints what `divisible.ts` reports.

import { report } from "./divisible.ts";

for (const line of report()) console.log(line);
