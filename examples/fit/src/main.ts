/** Three peaks are fitted to a spectrum, with errors, a band and residuals: see README.md. */

import { treeLeaves } from "@graddiff/core";
import { type CurveFit, curveFit } from "@graddiff/solve";
import { saveDrawing } from "./drawing.ts";
import { counts, data, energies, guess, type Spectrum, sigma, truth } from "./spectrum.ts";

export const fit: CurveFit<typeof energies, Spectrum> = curveFit(counts, energies, data, guess, {
  sigma,
  absoluteSigma: true,
});

const names = ["height", "center", "width"];
const rows = [1, 2, 3].flatMap((peak) => names.map((name) => `${name} of peak ${peak}`));
const columns = [fit.x, fit.standardErrors, truth].map((tree) => treeLeaves(tree));

console.log(fit.reason);
const chiSquared = fit.residuals.square().sum().item();
console.log(
  `χ² ${chiSquared.toFixed(1)} for ${energies.size - rows.length - 2} degrees of freedom\n`,
);
console.log(["", "fitted", "error", "true", "away"].map((text) => text.padStart(16)).join(""));
[...rows, "background", "slope"].forEach((name, i) => {
  const [value = 0, error = 0, wanted = 0] = columns.map((own) => own[i]?.item() ?? 0);
  const cells = [
    value.toFixed(4),
    error.toFixed(4),
    wanted.toFixed(2),
    `${((value - wanted) / error).toFixed(1)} σ`,
  ];
  console.log([name, ...cells].map((text) => text.padStart(16)).join(""));
});
saveDrawing(fit);
