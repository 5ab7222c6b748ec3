/** Reads 100,000 damaged models: `npm run mutants -w @graddiff/onnx -- [COUNT] [SEED]`. */

import { tellOf } from "../../../../files/test/mutants/damage.ts";
import { readMutants } from "./mutants.ts";

const [count = "100000", seed = "1"] = process.argv.slice(2);
tellOf("models", seed, (own) => readMutants(Number(count), own));
