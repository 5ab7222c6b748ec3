/**
 * erf and erfc.
 *
 * For small x erf(x) = x + x R(x²) with a polynomial R. For larger x erfc(x) = e^(−x²) P(d) d with d = 1/(x + 3/2),
 * where the polynomial P changes little: P(d) = (x + 3/2) e^(x²) erfc(x). (Such maps of the half-line to an interval
 * are described by M. Shepherd and J. Laframboise, Mathematics of Computation 36, 1981, and W. J. Cody, Mathematics of
 * Computation 23, 1969, whose regions are similar.) All coefficients are Chebyshev fits by mpmath with 70 digits.
 *
 * For larger x, erf is 1 minus that, which is at most 0.19, so that its rounding errors hardly matter. erfc in float64
 * keeps the rounding error of each step until the last product, since the errors of its factors add up; e^(−x²) alone
 * would err by x² ulp if x² were rounded. In float32 only the square is exact: float32 is for activations, where a few
 * ulp in the tail matter less than twice the time.
 */

/** @typedef {import("./steps.mjs").Value} Value */
import { expOfMinusSquare, expOfMinusSquare32, expWithinRange32, scaled } from "./exp.mjs";
import { branch, value } from "./steps.mjs";
import { anySize, around, TINY, uniform } from "./sweep.mjs";

/** The arguments up to which erf and erfc use R; erfc loses more digits with it, so its limit is lower. */
const NEAR = { erf: { f32: 1, f64: 15 / 16 }, erfc: 0.65 };

/** erf(x)/x − 1 in x², for x up to 1 or 15/16; errors 2^−34 and 2^−59. */
export const R = {
  f32: [
    0.12837916706236088, -0.3761263847599132, 0.11283782622062184, -0.026865438310515116,
    0.005221053412537675, -0.0008484396550601893, 0.00011268253894199437, -0.000009673590811750782,
  ],
  f64: [
    0.12837916709551256, -0.376126389031837, 0.1128379167095223, -0.02686617064451374,
    0.005223977618634638, -0.0008548326580164456, 0.00012055314652770861, -0.000014925150197002376,
    0.000001645297188066563, -1.6254654396525078e-7, 1.3937004094755232e-8, -8.235710714745088e-10,
  ],
};

/** P of erf in d − 1/4. P is valid up to `one`, from where on erf rounds to 1. Errors 2^−30 and 2^−54. */
const P_ERF = {
  f32: {
    polynomial: [
      0.8432254567397166, 1.385328374474901, 0.9622732084983394, -0.9117764496810655,
      -1.5800883365637821, 1.8624457062454682, 2.457001515423051, -5.3677561709038635,
    ],
    one: 4,
  },
  f64: {
    polynomial: [
      0.8432254562445743, 1.3853283695685592, 0.9622747602751707, -0.9117753058850735,
      -1.580852485324124, 1.8654738287522326, 2.5622544651950276, -6.153825757646479,
      -1.308491120161237, 18.967197827312297, -19.780568921067736, -33.56354045809077,
      119.58777090078475, -81.48182150979721, -281.6207715302566, 781.7587137975936,
      -667.2528815078338,
    ],
    one: 6,
  },
};

/** P of erfc in d − 1/4. P is valid up to `zero`, from where on erfc rounds to 0. Errors 2^−31 and 2^−57. */
export const P_ERFC = {
  f32: {
    polynomial: [
      0.8432254564317075, 1.3853283603138757, 0.9622744636984527, -0.9117694258843863,
      -1.5807817917876812, 1.8643865627810292, 2.5571218464664462, -6.069873565895684,
      -1.2333372549435926, 16.115964003250003, -15.548445353956476,
    ],
    zero: 11,
  },
  f64: {
    polynomial: [
      0.8432254562445743, 1.3853283695685616, 0.9622747602750144, -0.9117753058907919,
      -1.5808524850972336, 1.8654738323883693, 2.5622543385644168, -6.153826619617326,
      -1.308456448411026, 18.96725086437009, -19.78564098599409, -33.55348718817164,
      119.97874310886179, -83.37079903694062, -294.7386320355689, 896.3760858427286,
      -693.081100343985, -2316.6897470483073, 9088.632100434726, -8712.359588144378,
      -33338.22269372821, 87692.64847352248, 43945.271398072684, -230284.72512490422,
    ],
    zero: 28,
  },
};

/** Returns x R(x²). @param {Value} x @param {"f32" | "f64"} precision */
function beyondX(x, precision) {
  return x.mul(x.mul(x).named("z").horner(R[precision]));
}

/** Returns e^(−x²) in float32. @param {Value} x */
function ofSquare32(x) {
  return expWithinRange32(x.mul(x).neg().named("exponent"));
}

/** Returns e^(−x²) in float64, with an error of little more than the last rounding. @param {Value} x */
function ofSquare(x) {
  const { n, sum, rest } = expOfMinusSquare(x);
  return sum.add(rest).mul(n.pow2());
}

/** @param {"f32" | "f64"} precision */
function erf(precision) {
  const { polynomial, one } = P_ERF[precision];
  const [p0 = 0, ...others] = polynomial;
  return (/** @type {Value} */ x) => {
    const size = x.abs().min(one).named("size");
    const ofSize = branch(
      size.lt(NEAR.erf[precision]),
      () => size.add(beyondX(size, precision)),
      () => {
        const e = precision === "f32" ? ofSquare32(size) : ofSquare(size);
        const d = value(1).div(size.add(1.5)).named("d");
        // P − 1 is computed, since it is small where the rounding of P would matter.
        const ofOne = e.mul(d).named("ofOne");
        const beyondOne = d
          .sub(0.25)
          .named("u")
          .horner([p0 - 1, ...others]);
        return value(1).sub(ofOne.add(ofOne.mul(beyondOne)));
      },
    ).named("ofSize");
    return ofSize.withSignOf(x);
  };
}

/** Returns erfc x for x above 0.65 in float32. @param {Value} x */
function tail32(x) {
  const { n, sum, rest } = expOfMinusSquare32(x);
  // The rounding error of the denominator is corrected in the numerator.
  const denominator = x.add(1.5).named("denominator");
  const lost = x.sub(denominator.sub(1.5));
  const d = value(1).div(denominator).named("d");
  const y = sum.add(rest.sub(sum.mul(lost.mul(d)))).named("y");
  const polynomial = d.sub(0.25).named("u").horner(P_ERFC.f32.polynomial);
  return scaled(y.mul(polynomial).div(denominator), n);
}

/** A line near P, whose product with a head is exact. */
const LINE = { start: 27 / 32, slope: 11 / 8 };

/** Returns erfc x for x above 0.65 in float64. @param {Value} x */
function tail(x) {
  const { n, sum, rest } = expOfMinusSquare(x);
  const sumHead = sum.head().named("sumHead");
  const sumLow = sum.sub(sumHead).add(rest).named("sumLow");

  // 1/(x + 3/2) = dHead + dLow. The rounding error of the sum is computed exactly, since 3/2 has two bits.
  const denominator = x.add(1.5).named("denominator");
  const lost = x.sub(denominator.sub(1.5));
  const d = value(1).div(denominator).named("d");
  const dHead = d.head().named("dHead");
  const dRest = d.sub(dHead).named("dRest");
  const denominatorHead = denominator.head().named("denominatorHead");
  const products = dHead
    .mul(denominator.sub(denominatorHead))
    .add(dRest.mul(denominator))
    .add(d.mul(lost));
  const error = value(1).sub(dHead.mul(denominatorHead)).sub(products);
  const dLow = dRest.add(d.mul(error)).named("dLow");

  // P = pHead + pLow: the line at dHead, which is exact, plus the difference of the polynomial from the line.
  const [p0 = 0, p1 = 0, ...others] = P_ERFC.f64.polynomial;
  const u = d.sub(0.25).named("u");
  const line = dHead.sub(0.25).mul(LINE.slope).add(LINE.start).named("line");
  const pHead = line.head().named("pHead");
  const beside = u.horner([p0 - LINE.start, p1 - LINE.slope, ...others]);
  const pLow = line.sub(pHead).add(dLow.mul(LINE.slope)).add(beside).named("pLow");

  // (sumHead + sumLow) (pHead + pLow) (dHead + dLow); the greatest product is exact.
  const product = sumHead.mul(pHead).named("product");
  const head = product.head().named("head");
  const low = product
    .sub(head)
    .add(sumLow.mul(pHead.add(pLow)).add(sumHead.mul(pLow)))
    .named("low");
  const y = head
    .mul(dHead)
    .add(head.mul(dLow).add(low.mul(d)))
    .named("y");
  return scaled(y, n);
}

/** @param {"f32" | "f64"} precision */
function erfc(precision) {
  return (/** @type {Value} */ x) => {
    const size = x.abs().min(P_ERFC[precision].zero).named("size");
    return branch(
      size.lt(NEAR.erfc),
      () => {
        const sum = value(1).sub(x).named("sum");
        const lost = value(1).sub(sum).sub(x);
        return sum.add(lost.sub(beyondX(x, precision)));
      },
      () => {
        const ofSize = (precision === "f32" ? tail32(size) : tail(size)).named("ofSize");
        return x.lt(0).select(value(2).sub(ofSize), ofSize);
      },
    );
  };
}

/** @type {import("./sweep.mjs").Sweep} */
const ERF_SWEEP = {
  oracle: "erf",
  edges: [
    1,
    -1,
    6,
    -100,
    ...TINY,
    ...[NEAR.erf.f64, -NEAR.erf.f64, 0.5, 2, 5.9].flatMap((x) => around(x)),
  ],
  draws: [uniform(-1, 1), uniform(0.8, 1.5), uniform(-6, 6), uniform(0.8, 3), anySize(-60, 3)],
};

/** @type {import("./sweep.mjs").Sweep} */
const ERFC_SWEEP = {
  oracle: "erfc",
  // The arguments of the last results that are normal, and that are not 0.
  edges: [1, -1, -6, -100, ...TINY].concat(
    [NEAR.erfc, -NEAR.erfc, 0.5, 1.5, 26.543258454250985, 27.226017111108366].flatMap((x) =>
      around(x),
    ),
  ),
  draws: [
    uniform(-1, 1),
    uniform(0.8, 1.5),
    uniform(0.8, 4),
    uniform(0, 27.3),
    uniform(26.5, 27.3),
    uniform(-6, 0),
    anySize(-60, 4),
  ],
};

/** @type {import("./steps.mjs").Description[]} */
export const descriptions = /** @type {const} */ (["f32", "f64"]).flatMap((precision) => [
  {
    name: "erf",
    group: "special",
    precision,
    steps: precision,
    parameters: ["x"],
    comment: "erf x, the error function.",
    body: erf(precision),
    worst: { f32: 1.4, f64: 1.3 }[precision],
    checksum: { f32: "40b61172", f64: "d66358f5" }[precision],
    sweep: ERF_SWEEP,
  },
  {
    name: "erfc",
    group: "special",
    precision,
    steps: precision,
    parameters: ["x"],
    comment:
      "erfc x, the complementary error function 1 − erf x, without the cancellation for large x.",
    body: erfc(precision),
    worst: { f32: 4, f64: 1.25 }[precision],
    checksum: { f32: "199d5cae", f64: "a42fa95a" }[precision],
    sweep: ERFC_SWEEP,
  },
]);
