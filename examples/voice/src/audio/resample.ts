/** Conversion of sample rates: microphones have 44,100 or 48,000 samples a second, and the detector 16,000. */

/** The number of zero crossings of the sinc on each side of a sample. */
const CROSSINGS = 16;

/**
 * Returns samples at another rate, by a sinc with Hann's window, which removes frequencies above half the lower rate
 * (J. O. Smith, "Digital audio resampling", 2002). The samples before the first and after the last are taken for zeros.
 */
export function resample(
  samples: Float32Array<ArrayBuffer>,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  if (from === to) return samples;
  const step = from / to;
  // The cut-off frequency, in units of half the input's rate, a little lower to leave room for the window's slope.
  const cut = 0.94 * Math.min(1, to / from);
  const reach = CROSSINGS / cut;
  const kernels = new Map<number, Float32Array>();
  const output = new Float32Array(Math.floor(samples.length / step));
  for (let i = 0; i < output.length; i += 1) {
    const first = Math.ceil(i * step - reach);
    // Rates are whole numbers, so these distances repeat: three kernels for 48,000, 160 for 44,100.
    const distance = Math.round(1e6 * (first - i * step));
    let kernel = kernels.get(distance);
    if (kernel === undefined) {
      kernel = makeKernel(distance / 1e6, cut, reach);
      kernels.set(distance, kernel);
    }
    let sum = 0;
    for (let k = 0; k < kernel.length; k += 1) {
      sum += (kernel[k] ?? 0) * (samples[first + k] ?? 0);
    }
    output[i] = sum;
  }
  return output;
}

/** Returns the weights of the samples from a distance on, with a sum of 1. */
function makeKernel(first: number, cut: number, reach: number): Float32Array {
  const weights = Float64Array.from({ length: Math.floor(reach - first) + 1 }, (_, k) => {
    const x = first + k;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cut * x) / (Math.PI * cut * x);
    return sinc * (1 + Math.cos((Math.PI * x) / reach));
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}
