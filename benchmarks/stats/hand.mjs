// The No-U-Turn sampler as somebody writes it by hand for one density, with typed arrays and a gradient by hand: the same
// algorithm as packages/stats/src/nuts.ts, with a fixed step and fixed masses.

const MAX_DEPTH = 10;
const DIVERGENCE = 1000;

/** Returns uniform and normal numbers: xoshiro128**, with 53 bits of two numbers, and Box and Muller's method. */
function generator(seed) {
  let [a, b, c, d] = [seed >>> 0 || 1, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
  const next = () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  for (let i = 0; i < 20; i++) uniform();
  let spare;
  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal };
}

const ones = (x) => {
  let count = 0;
  for (let rest = x; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
};

const logAddExp = (a, b) => {
  const greater = Math.max(a, b);
  if (greater === Number.NEGATIVE_INFINITY) return greater;
  return greater + Math.log(Math.exp(a - greater) + Math.exp(b - greater));
};

/**
 * Draws from a density.
 *
 * @param density from a position and an array, into which it writes the gradient, to the logarithm of the density.
 * @returns the draws, one row after the other, and the number of gradients.
 */
export function handWritten(density, { start, stepSize, inverseMass, draws, seed }) {
  const size = start.length;
  const { uniform, normal } = generator(seed);
  const vector = () => new Float64Array(size);
  const root = inverseMass.map(Math.sqrt);
  const end = () => ({ q: vector(), p: vector(), g: vector() });
  const [left, right] = [end(), end()];
  const [q, g, proposal, proposalG, taken, takenG] = Array.from({ length: 6 }, vector);
  const [p0, total, sub] = [vector(), vector(), vector()];
  const momenta = Array.from({ length: MAX_DEPTH }, vector);
  const sums = Array.from({ length: MAX_DEPTH }, vector);
  const rows = new Float64Array(draws * size);
  const kinetic = (p) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += p[i] * p[i] * inverseMass[i];
    return sum / 2;
  };
  /** True if the momenta of a trajectory, of which `before` and the first are left out, turn back at an end. */
  const isTurning = (first, last, sum, before) => {
    let [atFirst, atLast] = [0, 0];
    for (let i = 0; i < size; i++) {
      const whole = before ? sum[i] - before[i] + first[i] : sum[i];
      const v = (whole - 0.5 * (first[i] + last[i])) * inverseMass[i];
      atFirst += first[i] * v;
      atLast += last[i] * v;
    }
    return atFirst <= 0 || atLast <= 0;
  };
  q.set(start);
  let logDensity = density(q, g);
  let leapfrogs = 0;
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < size; i++) p0[i] = normal() / root[i];
    const first = logDensity - kinetic(p0);
    for (const each of [left, right]) {
      each.q.set(q);
      each.p.set(p0);
      each.g.set(g);
    }
    total.set(p0);
    proposal.set(q);
    proposalG.set(g);
    let proposalDensity = logDensity;
    let weight = 0;
    for (let depth = 0, goes = true; goes && depth < MAX_DEPTH; depth++) {
      const isRight = uniform() < 0.5;
      const { q: x, p, g: slope } = isRight ? right : left;
      const step = isRight ? stepSize : -stepSize;
      let [turns, diverges, subWeight, takenDensity] = [false, false, Number.NEGATIVE_INFINITY, 0];
      sub.fill(0);
      for (let n = 0; n < 1 << depth && !turns && !diverges; n++) {
        for (let i = 0; i < size; i++) {
          p[i] += 0.5 * step * slope[i];
          x[i] += step * inverseMass[i] * p[i];
        }
        const here = density(x, slope);
        leapfrogs++;
        for (let i = 0; i < size; i++) {
          p[i] += 0.5 * step * slope[i];
          sub[i] += p[i];
        }
        const gain = here - kinetic(p) - first;
        const change = gain < Number.POSITIVE_INFINITY ? gain : Number.NEGATIVE_INFINITY;
        diverges = change < -DIVERGENCE;
        subWeight = logAddExp(subWeight, change);
        if (n === 0 || uniform() < Math.exp(change - subWeight)) {
          taken.set(x);
          takenG.set(slope);
          takenDensity = here;
        }
        const row = ones(n >> 1);
        if (n % 2 === 0) {
          momenta[row].set(p);
          sums[row].set(sub);
        }
        const last = row - ones((~n & (n + 1)) - 1);
        for (let i = row; i > last && !turns; i--) turns = isTurning(momenta[i], p, sub, sums[i]);
      }
      const isWhole = !turns && !diverges;
      if (isWhole && uniform() < Math.exp(subWeight - weight)) {
        proposal.set(taken);
        proposalG.set(takenG);
        proposalDensity = takenDensity;
      }
      weight = logAddExp(weight, subWeight);
      for (let i = 0; i < size; i++) total[i] += sub[i];
      goes = isWhole && !isTurning(left.p, right.p, total);
    }
    q.set(proposal);
    g.set(proposalG);
    logDensity = proposalDensity;
    rows.set(q, draw * size);
  }
  return { rows, leapfrogs };
}
