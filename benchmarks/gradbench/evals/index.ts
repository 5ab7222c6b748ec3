// All evals, in GradBench's order. A new eval is one file, and one line here.

import type { Eval } from "../eval.ts";
import { ba } from "./ba.ts";
import { det } from "./det.ts";
import { gmm } from "./gmm.ts";
import { hello } from "./hello.ts";
import { ht } from "./ht.ts";
import { kmeans } from "./kmeans.ts";
import { llsq } from "./llsq.ts";
import { lse } from "./lse.ts";
import { lstm } from "./lstm.ts";
import { ode } from "./ode.ts";
import { particle } from "./particle.ts";
import { saddle } from "./saddle.ts";

export const evals: readonly Eval<unknown, unknown>[] = [
  hello,
  llsq,
  lse,
  gmm,
  kmeans,
  ode,
  lstm,
  det,
  ba,
  ht,
  particle,
  saddle,
];
