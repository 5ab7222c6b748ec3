/**
 * Slopes of a function f of one number at 0, from its values nearby, and what may prevent one: a corner, where the
 * slopes of both sides differ, or a jump.
 *
 * With one-sided slopes f′(h) = (f(h) − f(0)) / h, an extrapolated one is 2 f′(h) − f′(2h), which is wrong by h² f‴ / 3
 * (Richardson, Philosophical Transactions A 210, 1911). Where f is smooth, those of both sides are the same, however
 * steep f is; but within a step that is too long for it, a steep function looks like a corner or a jump. So steps are
 * made 64 and 4096 times as short: at a corner both slopes stay, at a jump its height stays.
 */

/** A value of the function. */
export interface Point {
  /** The offset that is added to the argument, as far as the argument has digits for it. */
  readonly offset: number;
  readonly value: number;
}

/** Values of the function at 0 and at one and two steps on both sides. */
export interface Stencil {
  readonly here: number;
  readonly left: readonly [near: Point, far: Point];
  readonly right: readonly [near: Point, far: Point];
}

/** Evaluates the function at one and two steps on both sides. */
export function stencilOf(here: number, at: (offset: number) => Point, step: number): Stencil {
  return {
    here,
    left: [at(-step), at(-2 * step)],
    right: [at(step), at(2 * step)],
  };
}

/** The slopes on both sides. */
export interface Sides {
  readonly left: number;
  readonly right: number;
  /** The error that rounding makes in each of them. */
  readonly noise: number;
}

/**
 * Returns the extrapolated slopes on both sides.
 *
 * @param rounding the error of a value.
 */
export function sidesOf({ here, left, right }: Stencil, rounding: number): Sides {
  const slopes = [left, right].map(([near, far]) => 2 * slope(here, near) - slope(here, far));
  const [ofLeft = Number.NaN, ofRight = Number.NaN] = slopes;
  const size = Math.max(Math.abs(ofLeft), Math.abs(ofRight));
  const width = Math.min(-left[0].offset, right[0].offset);
  const noise = (5 * rounding) / width + 8 * Number.EPSILON * size;
  return { left: ofLeft, right: ofRight, noise };
}

function slope(here: number, { offset, value }: Point): number {
  return (value - here) / offset;
}

/**
 * True if the function may have a corner or a jump: for a smooth one, the difference of the slopes on both sides
 * doubles with the step.
 */
export function isSuspect(stencil: Stencil, rounding: number): boolean {
  const { here, left, right } = stencil;
  const [near, far] = [0, 1].map((i) => {
    const [before, after] = [left[i], right[i]];
    return before && after ? slope(here, after) - slope(here, before) : Number.NaN;
  });
  return Math.abs((far ?? 0) - 2 * (near ?? 0)) > 4 * sidesOf(stencil, rounding).noise;
}

/** A corner or a jump of a function at 0. */
export type Break = Corner | Jump;

/** A corner: the slopes on both sides differ. */
export interface Corner extends Sides {
  readonly kind: "corner";
}

/** A jump: the limits of the values on both sides minus the value at 0, one of which is not 0. */
export interface Jump {
  readonly kind: "jump";
  readonly left: number;
  readonly right: number;
}

/** The shorter steps, as parts of the first. */
const CLOSER = [2 ** -6, 2 ** -12] as const;
/** The most that a slope or a height may change between two steps, as a part of the corner or the jump. */
const CHANGE = 1e-3;
/** Two values differ if their difference is greater than this multiple of the noise. */
const SURE = 4;

/**
 * Evaluates a function that may have a corner or a jump at 0 at shorter steps.
 *
 * @param first its values at the first step.
 * @param closer evaluates it at a part of that step.
 * @param rounding the error of a value.
 * @returns undefined for a function that is smooth as far as the digits of its values tell, or whose slopes are infinite.
 */
export function breakOf(
  first: Stencil,
  closer: (part: number) => Stencil,
  rounding: number,
): Break | undefined {
  const stencils = CLOSER.map(closer);
  const jump = jumpOf(stencils, rounding);
  if (jump !== undefined) return jump;
  const sides = sidesOf(first, rounding);
  const corner = Math.abs(sides.right - sides.left);
  // With shorter steps, rounding hides more of the slopes; one step must show the corner.
  const looks = stencils
    .map((stencil) => sidesOf(stencil, rounding))
    .filter(({ noise }) => corner > SURE * noise);
  if (looks.length === 0 || !(corner > SURE * sides.noise)) return undefined;
  const changes = looks.map(({ left, right }) =>
    Math.max(Math.abs(left - sides.left), Math.abs(right - sides.right)),
  );
  const isKept = looks.every(
    ({ noise }, i) => (changes[i] ?? Number.NaN) <= CHANGE * corner + noise + sides.noise,
  );
  return isKept
    ? { kind: "corner", ...sides, noise: sides.noise + Math.min(...changes) }
    : undefined;
}

/** Returns a jump if values on one side keep their distance from the value at 0 however short the step is. */
function jumpOf(stencils: readonly Stencil[], rounding: number): Jump | undefined {
  const heights = (["left", "right"] as const).map((side) => {
    const all = stencils.flatMap(({ here, [side]: points }) =>
      points.map(({ value }) => value - here),
    );
    const [first = 0, ...others] = all;
    const isKept =
      Math.abs(first) > 2 * SURE * rounding &&
      others.every((other) => Math.abs(other - first) <= CHANGE * Math.abs(first) + 2 * rounding);
    return { isKept, height: others.at(-1) ?? 0 };
  });
  if (!heights.some(({ isKept }) => isKept)) return undefined;
  const [left = 0, right = 0] = heights.map(({ height }) => height);
  return { kind: "jump", left, right };
}

/** The number of values on each side that are compared with those of a smooth function. */
const BESIDE = 7;
/** The height of a jump, as a multiple of the third differences of those values. */
const SMOOTH = 8;
/** The height of a jump, as a multiple of the rise of the function in a step. */
const HIGH = 2;

/**
 * True if a jump can be told from a function that is smooth on both sides of it. One that has lost digits, such as x +
 * 10¹² − 10¹², jumps at every rounding, and may do so at 0: it rises by such jumps alone, so those of a step are higher
 * or, where they are not, the third differences are.
 *
 * @param at the value after a number of steps.
 */
export function standsOut({ left, right }: Jump, at: (steps: number) => number): boolean {
  const height = Math.max(Math.abs(left), Math.abs(right));
  const here = at(0);
  return [left, right].every((limit, side) => {
    const sign = side === 0 ? -1 : 1;
    const values = Array.from({ length: BESIDE + 1 }, (_, n) =>
      n === 0 ? here + limit : at(sign * n),
    );
    const rise = Math.abs((values.at(-1) ?? 0) - (values[0] ?? 0)) / BESIDE;
    return (
      HIGH * rise <= height &&
      values.slice(3).every((value, n) => {
        const [first = 0, second = 0, third = 0] = values.slice(n);
        return SMOOTH * Math.abs(value - 3 * third + 3 * second - first) <= height;
      })
    );
  });
}

/** A slope across 0. */
export interface CentralSlope {
  readonly slope: number;
  /** The rounding error of the slope. */
  readonly noise: number;
  /** The error of a value. */
  readonly rounding: number;
  /** True if the values differ from those of a smooth function by more than rounding. */
  readonly isRough: boolean;
}

/**
 * Returns the central difference of sixth order. With fₙ = f(n h),
 *
 *   f′ ≈ (45 (f₁ − f₋₁) − 9 (f₂ − f₋₂) + (f₃ − f₋₃)) / 60h
 *
 * (Fornberg, Mathematics of Computation 51, 1988, table 1). Its noise is estimated by the sixth difference of the same
 * values: where f is smooth it is next to 0, and the rounding of the seven values is in it √924 times (Hamming,
 * Introduction to Applied Numerical Analysis, 1971).
 *
 * @param at the value after a number of steps.
 */
export function centralSlope(at: (steps: number) => number, step: number): CentralSlope {
  const here = at(0);
  const [up1, up2, up3] = [at(1), at(2), at(3)];
  const [down1, down2, down3] = [at(-1), at(-2), at(-3)];
  const slope = (45 * (up1 - down1) - 9 * (up2 - down2) + (up3 - down3)) / (60 * step);
  const sixth = up3 + down3 - 6 * (up2 + down2) + 15 * (up1 + down1) - 20 * here;
  // A corner shows in the sixth difference; a jump that is the same on both sides shows only in the fifth.
  const fifth = up3 - down3 - 4 * (up2 - down2) + 5 * (up1 - down1);
  // The sixth difference may be small by chance; the rounding of seven values is at least this.
  const largest = Math.max(...[here, up3, down3].map(Math.abs));
  const rounding = 2 ** -52 * largest;
  const noise = (Math.abs(sixth) + 16 * rounding) / step;
  return {
    slope,
    noise,
    rounding: 4 * rounding,
    isRough: Math.max(Math.abs(sixth), Math.abs(fifth)) > 64 * rounding,
  };
}
