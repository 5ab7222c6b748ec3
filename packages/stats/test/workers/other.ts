/** A worker of another model than the run's: its prior is wider. */

import type { Tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal, serveChains } from "@graddiff/stats";

await serveChains(
  model(({ draw, observe }, { y, sigma }: { y: Tensor; sigma: Tensor }) => {
    const mu = draw(Normal(0, 6));
    const theta = mu.add(draw(HalfCauchy(5)).mul(draw(Normal(0, 1), [8])));
    observe(Normal(theta, sigma), y);
    return { mu };
  }),
);
