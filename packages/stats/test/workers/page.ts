/** A page that samples eight schools, alone and with workers; `found` has the draws of both. */

import { sample } from "@graddiff/stats";
import { data, schools } from "./schools.ts";

const draw = async (options: object): Promise<number[]> => {
  const { draws } = await sample(schools, { data, seed: 3, chains: 2, warmup: 80, ...options });
  return Array.from(draws.theta.data());
};

const worker = () => new Worker("serve.mjs", { type: "module" });

Object.assign(globalThis, {
  found: Promise.all([draw({ draws: 30 }), draw({ draws: 30, worker })]),
});
