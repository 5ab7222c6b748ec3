// Fourier transforms by pffft, in WebAssembly with SIMD: float32, pairs of numbers, lengths 2^a 3^b 5^c with a from 5 on.

const module = await import("@echogarden/pffft-wasm/simd").then(({ default: load }) => load());

const [REAL, COMPLEX] = [0, 1];
const FORWARD = 0;

export function prepare(name, inputs) {
  const [[elements, shape]] = inputs;
  const n = shape.at(-1);
  const rows = elements.length / n;
  const isReal = name.startsWith("real");
  const length = isReal ? n : 2 * n;
  const setup = n % 32 === 0 ? module._pffft_new_setup(n, isReal ? REAL : COMPLEX) : 0;
  if (setup === 0) throw new Error("it has lengths of multiples of 32 alone");
  const room = (floats) => module._pffft_aligned_malloc(4 * floats);
  const [from, to, work] = [room(rows * length), room(rows * length), room(length)];
  const [re, im] = inputs.map(([all]) => all);
  const signal = Float32Array.from({ length: rows * length }, (_, i) =>
    isReal ? re[i] : (i % 2 === 0 ? re : im)[i >> 1],
  );
  const half = n / 2;
  let spectra = new Float32Array();
  return {
    name: "pffft",
    // Copies the signal into the memory of pffft, and the spectra back: its memory is not an array of the caller.
    run: () => {
      module.HEAPF32.set(signal, from / 4);
      for (let row = 0; row < rows; row++) {
        const start = 4 * row * length;
        module._pffft_transform_ordered(setup, from + start, to + start, work, FORWARD);
      }
      spectra = module.HEAPF32.slice(to / 4, to / 4 + rows * length);
    },
    results: () => {
      const count = isReal ? half + 1 : n;
      // The real number of n/2 is stored in the imaginary part of element 0, which is 0.
      const at = (row, k, part) => {
        const isEnd = isReal && (k === 0 || k === half);
        if (isEnd && part === 1) return 0;
        return spectra[row * length + (isEnd ? (k === 0 ? 0 : 1) : 2 * k + part)];
      };
      return [0, 1].map((part) =>
        Float32Array.from({ length: rows * count }, (_, i) =>
          at(Math.floor(i / count), i % count, part),
        ),
      );
    },
  };
}
