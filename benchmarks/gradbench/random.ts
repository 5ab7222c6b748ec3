// The random numbers of GradBench's inputs: those of NumPy's `np.random.seed(31337)` and `np.random.rand`. They come
// from the Mersenne twister MT19937 (Matsumoto and Nishimura, 1998), with 53 bits from two words.

const words = 624;
const middle = 397;

/** GradBench's seed. */
export const seed = 31337;

export class NumpyRandom {
  readonly #state = new Uint32Array(words);
  #next = words;

  /** @param seed a whole number below 2³² */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < words; i++) {
      const last = state[i - 1] ?? 0;
      state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** Returns a number of [0, 1), as `np.random.rand()` gives it. */
  next(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Returns numbers of [0, 1). */
  uniform(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.next());
  }

  /** Returns numbers of the standard normal distribution, by the method of Box and Muller. */
  normal(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
      return radius * Math.cos(2 * Math.PI * this.next());
    });
  }

  /** Returns 32 random bits. */
  #word(): number {
    if (this.#next === words) this.#twist();
    let word = this.#state[this.#next++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < words; i++) {
      const upper = (state[i] ?? 0) & 0x80000000;
      const mixed = upper | ((state[(i + 1) % words] ?? 0) & 0x7fffffff);
      const twisted = (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      state[i] = (state[(i + middle) % words] ?? 0) ^ twisted;
    }
    this.#next = 0;
  }
}
