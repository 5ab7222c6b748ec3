/** Reads 100,000 damaged files of each format: `npm run mutants -- [COUNT] [SEED]`. */

import { tellOf } from "./damage.ts";
import { formats, readMutants } from "./mutants.ts";

const [count = "100000", seed = "1"] = process.argv.slice(2);
for (const name of Object.keys(formats) as (keyof typeof formats)[]) {
  tellOf(name, seed, (own) => readMutants(name, Number(count), own));
}
