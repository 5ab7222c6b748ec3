// Fourier transforms by fft.js, which supports lengths of powers of two, and has pairs of float64.

const FFT = await import("fft.js").then((module) => module.default);

export function prepare(name, inputs) {
  const [[elements, shape]] = inputs;
  const n = shape.at(-1);
  const rows = elements.length / n;
  // Throws where n is no power of two.
  const transform = new FFT(n);
  const isReal = name.startsWith("real");
  const signals = Array.from({ length: rows }, (_, row) => {
    const [real, imaginary] = inputs.map(([all]) => all.slice(row * n, (row + 1) * n));
    if (isReal) return Array.from(real);
    return Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? real : imaginary)[i >> 1]);
  });
  const spectra = signals.map(() => transform.createComplexArray());
  const count = isReal ? n / 2 + 1 : n;
  return {
    name: "fft.js",
    run: () => {
      for (let row = 0; row < rows; row++) {
        if (isReal) transform.realTransform(spectra[row], signals[row]);
        else transform.transform(spectra[row], signals[row]);
      }
    },
    results: () =>
      [0, 1].map((part) =>
        Float32Array.from(
          spectra.flatMap((own) => Array.from({ length: count }, (_, k) => own[2 * k + part])),
        ),
      ),
  };
}
