/** Runs of the tests, outside of the page. */

import { type Posterior, sample } from "@graddiff/stats";
import { data, models, type Schools } from "../src/schools.ts";
import { CHAINS, DRAWS, type Form, WARMUP } from "../src/settings.ts";

/** Returns a run that nobody stops. */
export const drawn = (form: Form, seed: number): Promise<Posterior<Schools>> =>
  sample(models[form], { data, seed, chains: CHAINS, warmup: WARMUP, draws: DRAWS });

/** Returns the number of divergent transitions. */
export const divergencesOf = ({ stats }: Posterior<Schools>): number =>
  stats.divergent.sum().item();
