/** A spectrum: three peaks on a decreasing background, with the noise of a counter. */

import { linspace, normal, type Tensor, tensor } from "@graddiff/core";

/** A peak: its height, its position, and its width, as the standard deviation of a Gaussian curve. */
export interface Peak {
  readonly height: Tensor;
  readonly center: Tensor;
  readonly width: Tensor;
}

export interface Spectrum {
  readonly peaks: readonly Peak[];
  readonly background: Tensor;
  readonly slope: Tensor;
}

/** Returns the counts that a spectrum has at some energies. */
export function counts(energies: Tensor, { peaks, background, slope }: Spectrum): Tensor {
  const ground = background.sub(slope.mul(energies));
  return peaks.reduce((sum, { height, center, width }) => {
    const away = energies.sub(center).div(width);
    return sum.add(height.mul(away.square().mul(-0.5).exp()));
  }, ground);
}

const number = (value: number) => tensor(value, { dtype: "float64" });
const peak = (height: number, center: number, width: number): Peak => ({
  height: number(height),
  center: number(center),
  width: number(width),
});

/** The parameters that generate the data; the fit begins with parameters that were read off the picture. */
export const truth: Spectrum = {
  peaks: [peak(180, 2.6, 0.28), peak(320, 4.1, 0.35), peak(140, 5, 0.3)],
  background: number(60),
  slope: number(5),
};
export const guess: Spectrum = {
  peaks: [peak(150, 2.5, 0.4), peak(300, 4, 0.4), peak(150, 5.2, 0.4)],
  background: number(50),
  slope: number(0),
};

export const energies: Tensor = linspace(0, 8, 161, { dtype: "float64" });
const expected = counts(energies, truth);
/** The standard deviations: a count of n has √n. */
export const sigma: Tensor = expected.sqrt();
export const data: Tensor = expected.add(normal([161], { seed: 7, dtype: "float64" }).mul(sigma));
