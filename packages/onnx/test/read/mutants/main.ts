/** Reads 100,000 damaged models: `npm run mutants -w @graddiff/onnx -- [COUNT] [SEED]`. */

import { readMutants } from "./mutants.ts";

const [count = "100000", seed = "1"] = process.argv.slice(2);
const start = performance.now();
const { refused, read, slowest, faults } = readMutants(Number(count), Number(seed));
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(
  `${refused} refused, ${read} read, ${faults.length} faults, slowest ${slowest.toFixed(1)} ms, ${seconds} s (seed ${seed})`,
);
for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
if (faults.length > 0) process.exitCode = 1;
