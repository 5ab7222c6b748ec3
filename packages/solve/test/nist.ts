/**
 * Data sets for nonlinear regression of the Statistical Reference Datasets of NIST, with the values that it certifies to
 * eleven digits; in the public domain (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml).
 */

import { type Tensor, tensor } from "@graddiff/core";

export interface NistSet {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly model: (b: readonly Tensor[], x: Tensor) => Tensor;
  readonly starts: readonly (readonly number[])[];
  readonly parameters: readonly number[];
  readonly errors: readonly number[];
  readonly sumOfSquares: number;
}

const MISRA = {
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
  y: [
    10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78,
  ],
};

/** Three exponentials at 24 points, whose values the sets of Lanczos have with more or fewer digits. */
const LANCZOS = Array.from({ length: 24 }, (_, i) => i * 0.05);
const lanczos = (x: number) =>
  0.0951 * Math.exp(-x) + 0.8607 * Math.exp(-3 * x) + 1.5576 * Math.exp(-5 * x);
const exponentials = ([b1, b2, b3, b4, b5, b6]: readonly Tensor[], x: Tensor) =>
  part(b1, b2, x)
    .add(part(b3, b4, x))
    .add(part(b5, b6, x));

function part(factor: Tensor | undefined, rate: Tensor | undefined, x: Tensor): Tensor {
  return (factor as Tensor).mul(
    x
      .mul(rate as Tensor)
      .neg()
      .exp(),
  );
}

/** A model whose parameters are there. */
const of =
  (
    model: (
      b: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
      x: Tensor,
    ) => Tensor,
  ) =>
  (b: readonly Tensor[], x: Tensor): Tensor =>
    model(b as never, x);

/** x + x² + … as NIST writes rational functions: their coefficients from that of x⁰ on. */
const polynomial = (coefficients: readonly (Tensor | number)[], x: Tensor): Tensor =>
  coefficients.reduceRight<Tensor>((sum, own) => sum.mul(x).add(own), x.mul(0));

export const NIST: Readonly<Record<string, NistSet>> = {
  Misra1a: {
    ...MISRA,
    model: of(([b1, b2], x) => b1.mul(b2.mul(x).neg().exp().neg().add(1))),
    starts: [
      [500, 1e-4],
      [250, 5e-4],
    ],
    parameters: [2.3894212918e2, 5.5015643181e-4],
    errors: [2.7070075241, 7.2668688436e-6],
    sumOfSquares: 1.2455138894e-1,
  },
  Misra1b: {
    ...MISRA,
    model: of(([b1, b2], x) => b1.mul(b2.mul(x).div(2).add(1).pow(-2).neg().add(1))),
    starts: [
      [500, 1e-4],
      [300, 2e-4],
    ],
    parameters: [3.3799746163e2, 3.9039091287e-4],
    errors: [3.1643950207, 4.2547321834e-6],
    sumOfSquares: 7.5464681533e-2,
  },
  Misra1c: {
    ...MISRA,
    model: of(([b1, b2], x) => b1.mul(b2.mul(x).mul(2).add(1).pow(-0.5).neg().add(1))),
    starts: [
      [500, 1e-4],
      [600, 2e-4],
    ],
    parameters: [6.3642725809e2, 2.0813627256e-4],
    errors: [4.6638326572, 1.7728423155e-6],
    sumOfSquares: 4.0966836971e-2,
  },
  Misra1d: {
    ...MISRA,
    model: of(([b1, b2], x) => b1.mul(b2).mul(x).div(b2.mul(x).add(1))),
    starts: [
      [500, 1e-4],
      [450, 3e-4],
    ],
    parameters: [4.3736970754e2, 3.0227324449e-4],
    errors: [3.6489174345, 2.9334354479e-6],
    sumOfSquares: 5.6419295283e-2,
  },
  DanWood: {
    x: [1.309, 1.471, 1.49, 1.565, 1.611, 1.68],
    y: [2.138, 3.421, 3.597, 4.34, 4.882, 5.66],
    model: of(([b1, b2], x) => b1.mul(x.pow(b2))),
    starts: [
      [1, 5],
      [0.7, 4],
    ],
    parameters: [7.6886226176e-1, 3.8604055871],
    errors: [1.828197386e-2, 5.1726610913e-2],
    sumOfSquares: 4.3173084083e-3,
  },
  Rat42: {
    x: [9, 14, 21, 28, 42, 57, 63, 70, 79],
    y: [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08],
    model: of(([b1, b2, b3], x) => b1.div(b2.sub(b3.mul(x)).exp().add(1))),
    starts: [
      [100, 1, 0.1],
      [75, 2.5, 0.07],
    ],
    parameters: [7.2462237576e1, 2.6180768402, 6.7359200066e-2],
    errors: [1.7340283401, 8.8295217536e-2, 3.4465663377e-3],
    sumOfSquares: 8.0565229338,
  },
  Rat43: {
    x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    y: [
      16.08, 33.83, 65.8, 97.2, 191.55, 326.2, 386.87, 520.53, 590.03, 651.92, 724.93, 699.56,
      689.96, 637.56, 717.41,
    ],
    model: of(([b1, b2, b3, b4], x) => b1.div(b2.sub(b3.mul(x)).exp().add(1).pow(b4.reciprocal()))),
    starts: [
      [100, 10, 1, 1],
      [700, 5, 0.75, 1.3],
    ],
    parameters: [6.996415127e2, 5.2771253025, 7.5962938329e-1, 1.2792483859],
    errors: [1.6302297817e1, 2.0828735829, 1.9566123451e-1, 6.8761936385e-1],
    sumOfSquares: 8.786404908e3,
  },
  MGH09: {
    x: [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
    y: [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
    model: of(([b1, b2, b3, b4], x) =>
      b1.mul(x.square().add(x.mul(b2))).div(x.square().add(x.mul(b3)).add(b4)),
    ),
    starts: [
      [25, 39, 41.5, 39],
      [0.25, 0.39, 0.415, 0.39],
    ],
    parameters: [1.9280693458e-1, 1.9128232873e-1, 1.2305650693e-1, 1.3606233068e-1],
    errors: [1.1435312227e-2, 1.9633220911e-1, 8.0842031232e-2, 9.0025542308e-2],
    sumOfSquares: 3.0750560385e-4,
  },
  MGH10: {
    x: Array.from({ length: 16 }, (_, i) => 50 + 5 * i),
    y: [
      34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820,
      3307, 2872,
    ],
    model: of(([b1, b2, b3], x) => b1.mul(b2.div(x.add(b3)).exp())),
    starts: [
      [2, 400000, 25000],
      [0.02, 4000, 250],
    ],
    parameters: [5.609636471e-3, 6.1813463463e3, 3.4522363462e2],
    errors: [1.5687892471e-4, 2.3309021107e1, 7.8486103508e-1],
    sumOfSquares: 8.7945855171e1,
  },
  MGH17: {
    x: Array.from({ length: 33 }, (_, i) => 10 * i),
    y: [
      0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685,
      0.658, 0.628, 0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448,
      0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
    ],
    model: of(([b1, b2, b3, b4, b5], x) => b1.add(part(b2, b4, x)).add(part(b3, b5, x))),
    starts: [
      [50, 150, -100, 1, 2],
      [0.5, 1.5, -1, 0.01, 0.02],
    ],
    parameters: [3.7541005211e-1, 1.9358469127, -1.4646871366, 1.286753464e-2, 2.2122699662e-2],
    errors: [2.0723153551e-3, 2.2031669222e-1, 2.2175707739e-1, 4.4861358114e-4, 8.9471996575e-4],
    sumOfSquares: 5.4648946975e-5,
  },
  BoxBOD: {
    x: [1, 2, 3, 5, 7, 10],
    y: [109, 149, 149, 191, 213, 224],
    model: of(([b1, b2], x) => b1.mul(b2.mul(x).neg().exp().neg().add(1))),
    starts: [
      [1, 1],
      [100, 0.75],
    ],
    parameters: [2.1380940889e2, 5.4723748542e-1],
    errors: [1.2354515176e1, 1.0455993237e-1],
    sumOfSquares: 1.1680088766e3,
  },
  Thurber: {
    x: [
      -3.067, -2.981, -2.921, -2.912, -2.84, -2.797, -2.702, -2.699, -2.633, -2.481, -2.363, -2.322,
      -1.501, -1.46, -1.274, -1.212, -1.1, -1.046, -0.915, -0.714, -0.566, -0.545, -0.4, -0.309,
      -0.109, -0.103, 0.01, 0.119, 0.377, 0.79, 0.963, 1.006, 1.115, 1.572, 1.841, 2.047, 2.2,
    ],
    y: [
      80.574, 84.248, 87.264, 87.195, 89.076, 89.608, 89.868, 90.101, 92.405, 95.854, 100.696,
      101.06, 401.672, 390.724, 567.534, 635.316, 733.054, 759.087, 894.206, 990.785, 1090.109,
      1080.914, 1122.643, 1178.351, 1260.531, 1273.514, 1288.339, 1327.543, 1353.863, 1414.509,
      1425.208, 1421.384, 1442.962, 1464.35, 1468.705, 1447.894, 1457.628,
    ],
    model: of(([b1, b2, b3, b4, b5, b6, b7], x) =>
      polynomial([b1, b2, b3, b4], x).div(polynomial([1, b5, b6, b7], x)),
    ),
    starts: [
      [1000, 1000, 400, 40, 0.7, 0.3, 0.03],
      [1300, 1500, 500, 75, 1, 0.4, 0.05],
    ],
    parameters: [
      1.28813968e3, 1.4910792535e3, 5.8323836877e2, 7.5416644291e1, 9.6629502864e-1,
      3.9797285797e-1, 4.9727297349e-2,
    ],
    errors: [
      4.6647963344, 3.9571156086e1, 2.8698696102e1, 5.567537027, 3.1333340687e-2, 1.4984928198e-2,
      6.5842344623e-3,
    ],
    sumOfSquares: 5.6427082397e3,
  },
  Eckerle4: {
    x: [
      400, 405, 410, 415, 420, 425, 430, 435, 436.5, 438, 439.5, 441, 442.5, 444, 445.5, 447, 448.5,
      450, 451.5, 453, 454.5, 456, 457.5, 459, 460.5, 462, 463.5, 465, 470, 475, 480, 485, 490, 495,
      500,
    ],
    y: [
      0.0001575, 0.0001699, 0.000235, 0.0003102, 0.0004917, 0.000871, 0.0017418, 0.00464, 0.0065895,
      0.0097302, 0.0149002, 0.023731, 0.0401683, 0.0712559, 0.1264458, 0.2073413, 0.2902366,
      0.3445623, 0.3698049, 0.3668534, 0.3106727, 0.2078154, 0.1164354, 0.0616764, 0.03372,
      0.0194023, 0.0117831, 0.0074357, 0.0022732, 0.00088, 0.0004579, 0.0002345, 0.0001586,
      0.0001143, 0.000071,
    ],
    model: of(([b1, b2, b3], x) => b1.div(b2).mul(x.sub(b3).div(b2).square().mul(-0.5).exp())),
    starts: [
      [1, 10, 500],
      [1.5, 5, 450],
    ],
    parameters: [1.5543827178, 4.0888321754, 4.5154121844e2],
    errors: [1.5408051163e-2, 4.6803020753e-2, 4.6800518816e-2],
    sumOfSquares: 1.4635887487e-3,
  },
  Lanczos2: {
    x: LANCZOS,
    y: LANCZOS.map((x) => Number(lanczos(x).toPrecision(6))),
    model: exponentials,
    starts: [
      [1.2, 0.3, 5.6, 5.5, 6.5, 7.6],
      [0.5, 0.7, 3.6, 4.2, 4, 6.3],
    ],
    parameters: [
      9.6251029939e-2, 1.0057332849, 8.6424689056e-1, 3.0078283915, 1.5529016879, 5.00287981,
    ],
    errors: [
      6.6770575477e-4, 3.3989646176e-3, 1.7185846685e-3, 4.1707005856e-3, 2.3744381417e-3,
      1.3958787284e-3,
    ],
    sumOfSquares: 2.2299428125e-11,
  },
  Lanczos3: {
    x: LANCZOS,
    y: LANCZOS.map((x) => Number(lanczos(x).toFixed(4))),
    model: exponentials,
    starts: [
      [1.2, 0.3, 5.6, 5.5, 6.5, 7.6],
      [0.5, 0.7, 3.6, 4.2, 4, 6.3],
    ],
    parameters: [
      8.6816414977e-2, 9.5498101505e-1, 8.4400777463e-1, 2.9515951832, 1.5825685901, 4.9863565084,
    ],
    errors: [
      1.7197908859e-2, 9.7041624475e-2, 4.1488663282e-2, 1.0766312506e-1, 5.8371576281e-2,
      3.4436403035e-2,
    ],
    sumOfSquares: 1.6117193594e-8,
  },
};

/** A list as a float64 vector. */
export function vector(values: readonly number[]): Tensor {
  return tensor([...values], { dtype: "float64" });
}
