/**
 * Checks of each sentence of the lessons: independent arithmetic judges its statements by the numbers in it.
 */

import type { Catalogue, LessonName } from "../../src/course/catalogue/index.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { initialInputs } from "../../src/course/lesson.ts";
import { HELD_OUT, POINT_RATE, POINT_STEPS, POINTS } from "../../src/course/lessons/points.ts";
import { presetInputs, published, RATES } from "../../src/course/lessons/training.ts";
import { lessons } from "../../src/course/lessons.ts";
import type { Store } from "../../src/web/store.ts";
import { halfUnit } from "./calculator.ts";
import { LOWERED, type Lowered, type Plain, plain, plainLoss, plainTraining } from "./plain.ts";

/** A sentence on the page, and the state of the page. */
export interface Read {
  readonly store: Store;
  readonly root: Element;
  readonly text: string;
  /** The numbers in the sentence by their marks, such as `value total`; a field counts as its input. */
  readonly marks: ReadonlyMap<string, string>;
  /** The numbers from independent arithmetic. */
  readonly own: Plain;
}

/**
 * A function that is true if a sentence is true; "timeless" for a sentence that states nothing about the current
 * numbers.
 */
export type Judge = "timeless" | ((read: Read) => boolean);

type Judges = {
  readonly [Name in LessonName]: {
    readonly [Step in keyof Catalogue["lessons"][Name]["steps"]]: {
      readonly [Key in keyof Catalogue["lessons"][Name]["steps"][Step]]: Judge;
    };
  };
};

const number = (text: string) =>
  Number(text.replaceAll("−", "-").replace("∞", "Infinity").replaceAll(",", ""));

/** True if a shown number equals a value, within rounding. */
export function isShown({ store, own }: Pick<Read, "store" | "own">, text: string, value: number) {
  if (text === "?") return store.asked.value !== undefined;
  const shown = number(text);
  if (Object.is(shown, value) || shown === value) return true;
  const largest = Math.max(...Object.values(own.values).map(Math.abs).filter(Number.isFinite), 0);
  const noise = 1e-12 * (Math.abs(value) + Math.min(largest, 1e6 * Math.abs(value) + 1));
  return Math.abs(shown - value) <= halfUnit(value, store.digits.value) + noise;
}

/** True if a mark is in the sentence, with a given number. */
const has = (read: Read, mark: string, value: number | undefined) => {
  const text = read.marks.get(mark);
  return text !== undefined && value !== undefined && isShown(read, text, value);
};

const inputs =
  (...names: string[]) =>
  (read: Read) =>
    names.every((name) => has(read, `input ${name}`, read.store.values.value[name]));
const values =
  (...names: string[]) =>
  (read: Read) =>
    names.every((name) => has(read, `value ${name}`, read.own.values[name]));
const gradients =
  (...names: string[]) =>
  (read: Read) =>
    names.every((name) => has(read, `gradient ${name}`, read.own.gradients[name]));
const all =
  (...judges: ((read: Read) => boolean)[]) =>
  (read: Read) =>
    judges.every((judge) => judge(read));

/** Returns the differences that are added to nodes, by their keys. */
const added = ({ store }: Read) => store.state.value.adjusted;
const isAdded = (read: Read, ...keys: string[]) =>
  keys.some((key) => (added(read)[key] ?? 0) !== 0);
const isUntouched =
  (...keys: string[]) =>
  (read: Read) =>
    !isAdded(read, ...keys);
const isTouched =
  (...keys: string[]) =>
  (read: Read) =>
    isAdded(read, ...keys);

/** Returns the growth of a node for a growth of an input. */
function growth({ store, own }: Read, input: string, by: number, output: string): number {
  const { lesson, adjusted } = store.state.value;
  const values = store.values.value;
  const more = plain(lesson, { ...values, [input]: (values[input] ?? 0) + by }, adjusted);
  return (more.values[output] ?? Number.NaN) - (own.values[output] ?? Number.NaN);
}

/** Returns a check that the output changes by gradient × change, as it does if it is linear in the input. */
const foretells = (input: string, by: number, output: string) => (read: Read) => {
  const predicted = (read.own.gradients[input] ?? Number.NaN) * by;
  const size = Math.abs(read.own.values[output] ?? 0) + Math.abs(predicted);
  return Math.abs(growth(read, input, by, output) - predicted) <= 1e-9 * size;
};

const number1 = "[−\\d.e+∞]+";
/** Returns a check of the share of w5 or w6 in a fact: its written fraction, and its number. */
const share = (name: "share5" | "share6") => (read: Read) => {
  const { w5 = 0, w6 = 0 } = read.own.values;
  const [weight, part] = name === "share5" ? [w5, w5 / (w5 + w6)] : [w6, w6 / (w5 + w6)];
  const text = read.marks.get(`fact ${name}`) ?? "";
  const first = text.match(new RegExp(`^${number1}`))?.[0] ?? "";
  const last = text.match(new RegExp(`[=≈→] (${number1}|NaN)$`))?.[1] ?? "";
  return isShown(read, first, weight) && isShown(read, last, part);
};

const find = ({ root }: Read, selector: string) => root.querySelectorAll(selector);
const isReverse = ({ store }: Read) => store.mode.value.kind === "reverse";
const numberBelow = (read: Read, name: string) =>
  find(read, `[data-node="${read.store.idOf(name)}"] .derivative`);

/** True if another panel is shown than the one with printed lines. */
const isElsewhere = ({ store }: Read) => store.state.value.panel !== undefined;

/** Returns the exact product of decimal factors, as a whole number and a power of ten. */
function decimal(...factors: readonly number[]): { over: bigint; tens: number } {
  return factors.reduce(
    ({ over, tens }, factor) => {
      const [, digits = "0", part = "", power = "0"] =
        String(factor).match(/^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/) ?? [];
      return { over: over * BigInt(digits + part), tens: tens + part.length - Number(power) };
    },
    { over: 1n, tens: 0 },
  );
}

const isSame = (a: ReturnType<typeof decimal>, b: ReturnType<typeof decimal>) => {
  const most = Math.max(a.tens, b.tens);
  const at = ({ over, tens }: typeof a) => over * 10n ** BigInt(most - tens);
  return at(a) === at(b);
};

/** Returns the total of the snack tax as a float, and as computed on paper. */
function snackTax({ store }: Read) {
  const { snack = 0, count = 0, tax = 0 } = store.values.value;
  const total = snack * count * tax;
  const paper = decimal(snack, count, tax);
  const nearest = Number(`${paper.over}e${-paper.tens}`);
  const isExact = Number.isFinite(total) && isSame(decimal(total), paper);
  return { total, nearest, isExact };
}

const fact = (read: Read, name: string) => read.marks.get(`fact ${name}`) ?? "";
const isOff = (read: Read) => {
  const { total, nearest } = snackTax(read);
  return Number.isFinite(total) && total !== nearest;
};

/** Returns a check that the float of an input differs from the typed number, and has the shown digits. */
const kept = (input: string, stored: string) => (read: Read) => {
  const value = read.store.values.value[input] ?? 0;
  const told = fact(read, stored).replace("…", "");
  const digits = told.replace(/e.*/, "").replace(/^[0.]+|\./g, "");
  const exact = String(inTens(value).over).replace(/0+$/, "");
  return (
    isOff(read) &&
    number(fact(read, input)) === value &&
    Math.abs(number(told) - value) <= 1e-15 * value &&
    exact.startsWith(digits) &&
    digits.length > 16 &&
    !isSame(decimal(value), inTens(value))
  );
};

/** Returns a check of the error after steps downhill, which a fact shows with few digits. */
const trained = (read: Read, name: string, at: Record<string, number>, steps: number) => {
  const error = plainTraining({ ...at }, steps).at(-1) ?? Number.NaN;
  const told = number(fact(read, name));
  const isTiny = error < 1e-15 && told < 1e-15;
  return isTiny || Math.abs(told - error) <= 0.05 * error;
};
const preset = (read: Read, rate: keyof typeof RATES) =>
  presetInputs(RATES[rate], read.store.values.value["frozen"]);

/** True if a text is a number with two digits. */
const isFew = (told: string, value: number) => Math.abs(number(told) - value) <= 0.05 * value;

const namedPoints = (points: typeof POINTS) =>
  points.map(([x1 = 0, x2 = 0, t = 0]) => ({ x1, x2, t }));

let knownErrors:
  | { readonly trained: readonly number[]; readonly held: readonly number[] }
  | undefined;

/**
 * Returns the mean errors before and after the steps of the lesson on several points, computed with independent steps.
 */
function pointErrors() {
  if (knownErrors !== undefined) return knownErrors;
  const lesson = lessons.find(({ name }) => name === "points");
  const lowered = LOWERED.points;
  if (lesson === undefined || lowered === undefined) throw new Error("no lesson on points");
  const values: Record<string, number> = { ...initialInputs(lesson) };
  const on = (points: typeof POINTS): Lowered => ({ ...lowered, points: namedPoints(points) });
  const before = [plainLoss(on(POINTS), values).loss, plainLoss(on(HELD_OUT), values).loss];
  for (let step = 0; step < POINT_STEPS; step++) {
    const { slopes } = plainLoss(on(POINTS), values);
    for (const [name, slope] of Object.entries(slopes)) {
      values[name] = (values[name] ?? 0) - POINT_RATE * slope;
    }
  }
  const after = [plainLoss(on(POINTS), values).loss, plainLoss(on(HELD_OUT), values).loss];
  knownErrors = {
    trained: [before[0] ?? 0, after[0] ?? 0],
    held: [before[1] ?? 0, after[1] ?? 0],
  };
  return knownErrors;
}

/** The printed lines beside the graph. */
const printedLines = (read: Read) =>
  [...find(read, ".prints .lines")].flatMap((lines) => (lines.textContent ?? "").split("\n"));

/** The keys of the neuron's products, of their sum, and of the sum with the bias. */
const SUM_OF_NEURON = ["o/0", "o/0/0", "o/0/0/0", "o/0/0/1"] as const;

export const judges: Judges = {
  apples: {
    drag: {
      costs: inputs("price", "count", "tax"),
      pay: all(values("total"), isUntouched("apples", "total")),
      payAdjusted: all(values("total"), isTouched("apples", "total")),
      try: (read) => find(read, ".run-text input").length > 0,
    },
    gradient: {
      below: all(isReverse, gradients("price"), foretells("price", 1, "total"), (read) =>
        [...numberBelow(read, "price")].some(({ textContent }) => textContent !== ""),
      ),
      elsewhere: all(gradients("price"), foretells("price", 1, "total")),
      line: "timeless",
    },
    one: { where: "timeless", one: "timeless" },
    tax: { swap: all(gradients("apples", "tax"), inputs("tax"), values("apples")) },
    price: { again: "timeless" },
    all: {
      price: all(gradients("price"), foretells("price", 1, "total")),
      count: all(gradients("count"), foretells("count", 1, "total")),
      tax: all(gradients("tax"), foretells("tax", 0.01, "total")),
      once: "timeless",
    },
  },
  question: {
    network: { flow: all(inputs("i1", "i2"), values("o1", "o2")), sigmoid: "timeless" },
    error: {
      targets: inputs("t1", "t2"),
      errors: all(values("E1", "E2"), isUntouched("E1", "E2")),
      errorsAdjusted: all(values("E1", "E2"), isTouched("E1", "E2")),
    },
    carried: {
      blame: "timeless",
      share: share("share5"),
      dashed: (read) =>
        find(read, ".is-passed > .beside.share").length > 0 &&
        find(read, '[role="tab"][id$="-tab-shares"]').length === 1,
    },
    together: {
      sum: (read) => {
        const { w5 = 0, w6 = 0, w7 = 0, w8 = 0, E1 = 0, E2 = 0 } = read.own.values;
        const sum = E1 * (w5 / (w5 + w6)) + E2 * (w7 / (w7 + w8));
        const told = fact(read, "sum1").match(/[=≈→] (\S+)$/)?.[1] ?? "";
        return isShown(read, told, sum);
      },
      steps: (read) => read.store.shares.value !== undefined,
    },
    infinite: {
      rule: "timeless",
      suppose: (read) => {
        const { w5 = 0, w6 = 0 } = read.own.values;
        const undone = read.marks.get("fact undoing") ?? "";
        return w5 / (w5 - w5) === w5 * Infinity && w5 + w6 !== 0 && isShown(read, undone, -w5);
      },
      now: all(share("share5"), share("share6")),
      nobody: ({ own: { values } }) =>
        [
          ["w5", "w6"],
          ["w7", "w8"],
        ].some(([a = "", b = ""]) => (values[a] ?? 0) + (values[b] ?? 0) === 0),
    },
    open: {
      open: ({ text, store }) => text.includes(catalogueOf(store.language).lessons.training.short),
    },
  },
  graph: {
    hollow: {
      purchase: inputs("apples", "applePrice", "tangerines", "tangerinePrice", "tax"),
      circle: "timeless",
    },
    fruit: { plus: "timeless" },
    total: { forward: values("total"), local: "timeless" },
    kept: {
      kept: all(
        values("appleSum", "tangerineSum", "fruit"),
        isUntouched("fruit"),
        ({ own: { values: v } }) => v["fruit"] === (v["appleSum"] ?? 0) + (v["tangerineSum"] ?? 0),
      ),
      keptAdjusted: all(values("appleSum", "tangerineSum", "fruit"), isTouched("fruit"), (read) =>
        has(read, "difference fruit", added(read)["fruit"]),
      ),
      adjust: "timeless",
    },
    foretold: {
      predicts: gradients("fruit"),
      every: "timeless",
    },
  },
  "chain-rule": {
    parts: {
      two: "timeless",
      values: all(inputs("x", "y"), values("t", "z"), ({ own: { values: v } }) => {
        const t = (v["x"] ?? 0) + (v["y"] ?? 0);
        return v["t"] === t && v["z"] === t * t;
      }),
      valuesAdjusted: all(values("t", "z"), isTouched("t", "z")),
    },
    outer: {
      outer: all(gradients("t"), ({ own }) => own.gradients["t"] === 2 * (own.values["t"] ?? 0)),
      edge: (read) => {
        const [t, z] = [read.store.idOf("t"), read.store.idOf("z")];
        const [result] = [...find(read, `[data-edge="${t}-${z}"] .result`)];
        return (
          isReverse(read) && isShown(read, result?.textContent ?? "", read.own.gradients["t"] ?? 0)
        );
      },
    },
    chain: { inner: "timeless", multiply: "timeless" },
    bend: {
      slope: gradients("x"),
      curved: all(gradients("x"), ({ own }) => {
        const t = own.values["t"] ?? Number.NaN;
        return (t + 1) ** 2 - t ** 2 !== 2 * t && 2 * (t + 1) > 2 * t;
      }),
    },
    forward: {
      forward: (read) => has(read, "fact tangent", read.own.gradients["x"]),
      same: "timeless",
    },
    both: { once: "timeless", passes: (read) => fact(read, "passes") === "2" },
  },
  nodes: {
    multiply: { swap: "timeless" },
    add: { add: "timeless" },
    meet: {
      twice: "timeless",
      below: all(isReverse, (read) =>
        [...numberBelow(read, "x")].some(({ textContent }) => textContent !== ""),
      ),
    },
    layers: {
      layers: "timeless",
      prints: (read) => {
        const { x = 0, y = 0 } = read.store.values.value;
        const [sum, product] = [x + y, x * y];
        const lines = [
          [sum, product],
          [product, product],
          [sum * y, sum * x],
        ];
        const told = lines.map((line) => line.join(" ")).join("\n");
        return printedLines(read).join("\n") === told || isElsewhere(read);
      },
    },
  },
  "snack-tax": {
    program: {
      inputs: inputs("snack", "count", "tax"),
      layers: (read) => printedLines(read).length === 3 || isElsewhere(read),
    },
    binary: {
      why: (read) => {
        const { total, nearest } = snackTax(read);
        const told = [number(fact(read, "printed")), number(fact(read, "decimal"))];
        return isOff(read) && told[0] === total && told[1] === nearest;
      },
      twos: "timeless",
      keptTax: kept("tax", "storedTax"),
      keptSnack: kept("snack", "storedSnack"),
      keptCount: kept("count", "storedCount"),
      keptProduct: (read) => {
        const { snack = 0, count = 0, tax = 0 } = read.store.values.value;
        const isKept = [snack, count, tax].every((each) => isSame(decimal(each), inTens(each)));
        return isOff(read) && isKept;
      },
      digits: "timeless",
      even: (read) =>
        snackTax(read).isExact && number(fact(read, "printed")) === snackTax(read).total,
      nearest: (read) => {
        const { total, nearest, isExact } = snackTax(read);
        return total === nearest && !isExact && number(fact(read, "printed")) === total;
      },
      notAlways: ({ text, ...read }) =>
        !isOff({ text, ...read }) && text.includes(String(100 * 2 * 1.1)),
      tooLarge: (read) => !Number.isFinite(snackTax(read).total),
    },
    many: {
      many: (read) => {
        const shown = read.marks.get("input purchases") ?? "";
        const tenThousands = shown.endsWith("만") ? 10_000 : 1;
        const { purchases } = read.store.values.value;
        return number(shown.replace("만", "")) * tenThousands === purchases;
      },
      own: "timeless",
    },
  },
  slope: {
    curve: {
      area: all(inputs("side"), values("area"), isUntouched("area")),
      areaAdjusted: all(values("area"), isTouched("area")),
      curve: "timeless",
    },
    one: {
      slope: gradients("side"),
      more: (read) => {
        const { side = 0 } = read.own.values;
        const more = (side + 1) ** 2 - side ** 2;
        const told = isShown(read, fact(read, "more"), more) && gradients("side")(read);
        return told && more !== 2 * side && isUntouched("area")(read);
      },
      line: "timeless",
    },
    shrink: {
      quotients: (read) => {
        const { side = 0 } = read.own.values;
        return [1, 0.5, 0.25].every((h, i) => {
          const told = fact(read, `quotient${i + 1}`).match(/[=≈→] (\S+)$/)?.[1] ?? "";
          // (s + h)² − s² is 2s + h times h.
          return isShown(read, told, 2 * side + h);
        });
      },
      limit: "timeless",
    },
    difference: {
      how: "timeless",
      marks: (read) => isReverse(read) && find(read, "svg.graph.is-narrow").length === 0,
      card: (read) => isReverse(read) && find(read, "svg.graph.is-narrow").length === 1,
    },
    downhill: {
      rule: "timeless",
      steep: all(gradients("side"), ({ own }) => own.gradients["side"] !== 0),
      // At the lowest point, a step changes nothing.
      leap: ({ own }) => 3 - 0.5 * 2 * 3 === 0 && own.gradients["side"] !== 0,
      diverge: ({ own }) =>
        Math.abs(1 - 1.1 * 2) > 1 && 1 - 1.1 * 2 < 0 && own.gradients["side"] !== 0,
    },
  },
  sigma: {
    squash: {
      between: "timeless",
      value: all(inputs("x"), values("o"), isUntouched("minus", "power", "sum", "o")),
      try: "timeless",
    },
    steps: { four: "timeless", kept: values("minus", "power", "sum", "o") },
    back: { reciprocal: "timeless", sum: gradients("sum") },
    whole: {
      along: gradients("x"),
      same: (read) => {
        const { o = 0 } = read.own.values;
        const told = fact(read, "product").match(/[=≈→] (\S+)$/)?.[1] ?? "";
        const slope = read.own.gradients["x"] ?? Number.NaN;
        return isShown(read, told, o * (1 - o)) && Math.abs(slope - o * (1 - o)) < 1e-9;
      },
    },
    steep: {
      steepest: () => [0.1, 0.4, 0.6, 0.99].every((o) => o * (1 - o) < 0.5 * 0.5),
      // The largest slope, in the middle, is the one in the sentence.
      here: (read) => {
        const { o = 0 } = read.own.values;
        return gradients("x")(read) && has(read, "gradient x", o * (1 - o));
      },
      one: "timeless",
    },
  },
  neuron: {
    sum: {
      weights: "timeless",
      sum: (read) => {
        const { x1 = 0, x2 = 0, w1 = 0, w2 = 0, b = 0 } = read.own.values;
        const told = fact(read, "sum").match(/[=≈→] (\S+)$/)?.[1] ?? "";
        const sum = w1 * x1 + w2 * x2 + b;
        // The number is the argument of σ.
        return isShown(read, told, sum) && isShown(read, told, read.own.values["o/0"] ?? 0);
      },
      sumAdjusted: (read) =>
        isTouched(...SUM_OF_NEURON)(read) &&
        isShown(read, fact(read, "adjustedSum"), read.own.values["o/0"] ?? Number.NaN),
      squash: (read) => {
        const { o, "o/0": sum = Number.NaN } = read.own.values;
        return values("o")(read) && Object.is(o, 1 / (1 + Math.exp(-sum)));
      },
      squashAdjusted: all(values("o"), isTouched("o")),
    },
    error: { target: inputs("t"), error: values("E") },
    back: {
      three: "timeless",
      slope: (read) => {
        const { o = 0 } = read.own.values;
        const told = fact(read, "slope").match(/[=≈→] (\S+)$/)?.[1] ?? "";
        const inner = (read.own.gradients["o/0"] ?? 0) / (read.own.gradients["o"] ?? 1);
        const isSame = !Number.isFinite(inner) || Math.abs(inner - o * (1 - o)) < 1e-9;
        return isShown(read, told, o * (1 - o)) && isSame;
      },
      card: "timeless",
    },
    step: { rule: "timeless", press: values("E") },
  },
  points: {
    mean: {
      one: "timeless",
      mean: (read) => fact(read, "points") === String(POINTS.length),
    },
    learn: {
      train: "timeless",
      told: (read) =>
        fact(read, "steps") === String(POINT_STEPS) &&
        isFew(fact(read, "before"), pointErrors().trained[0] ?? 0) &&
        isFew(fact(read, "after"), pointErrors().trained[1] ?? 0),
    },
    held: {
      held: (read) => fact(read, "held") === String(HELD_OUT.length),
      heldTold: (read) =>
        isFew(fact(read, "heldBefore"), pointErrors().held[0] ?? 0) &&
        isFew(fact(read, "heldAfter"), pointErrors().held[1] ?? 0),
    },
  },
  own: { write: { write: "timeless" } },
  training: {
    gradients: {
      all: "timeless",
      slope: gradients("w5"),
      other: ({ own }) => Math.abs(own.gradients["w5"] ?? 0) > 0,
      stays: ({ own }) => own.gradients["w5"] === 0,
      folded: (read) => {
        const { o1 = 0 } = read.own.values;
        const slope = (read.own.gradients["o1/0"] ?? 0) / (read.own.gradients["o1"] ?? 1);
        const id = read.store.idOf("o1") ?? -1;
        const isFolded = (read.store.arranged.value.places.get(id)?.hides.length ?? 0) > 0;
        const isSame = !Number.isFinite(slope) || Math.abs(slope - o1 * (1 - o1)) < 1e-9;
        return isFolded && isSame && !isAdded(read, "o1");
      },
    },
    step: {
      rule: "timeless",
      watch: values("E"),
      choose: (read) => isReverse(read) && Object.values(added(read)).every((by) => by === 0),
      biases: ({ store }) => store.values.value["frozen"] === 0,
      frozen: ({ store }) => store.values.value["frozen"] === 1,
    },
    rates: {
      again: "timeless",
      slow: (read) => {
        const at = preset(read, "slow");
        const [start = 0, ...others] = plainTraining(at, 100);
        const isSlow = (others.at(-1) ?? 0) > 0.8 * start;
        return isSlow && trained(read, "before", at, 0) && trained(read, "slow", at, 100);
      },
      learn: (read) => trained(read, "learn", preset(read, "learn"), 100),
      stuck: (read) => {
        const errors = plainTraining(preset(read, "stuck"), 200);
        const isStuck = Math.abs((errors[200] ?? 0) - (errors[100] ?? 0)) < 1e-6;
        return isStuck && trained(read, "stuck", preset(read, "stuck"), 100);
      },
    },
    mazur: {
      source: "timeless",
      error: (read) => {
        const error = plainTraining({ ...published }, 1)[1] ?? 0;
        const texts = [error.toFixed(9), fact(read, "afterOne")];
        return texts.every((each) => each === "0.291027774" && read.text.includes(each));
      },
    },
  },
};

/**
 * Returns the exact decimal digits of a float: a fraction with a power of two is also one with a power of ten.
 */
function inTens(value: number): ReturnType<typeof decimal> {
  let [over, tens] = [value, 0];
  while (!Number.isInteger(over)) [over, tens] = [over * 2, tens + 1];
  return { over: BigInt(over) * 5n ** BigInt(tens), tens };
}

/** Returns the sentences that are on a page. */
export function sentencesOn(
  store: Store,
  root: Element,
): readonly (Read & { readonly key: string })[] {
  const { lesson, adjusted } = store.state.value;
  const own = plain(lesson, store.values.value, adjusted);
  return [...root.querySelectorAll(".run-text [data-sentence]")].map((element) => {
    const marks = new Map<string, string>();
    for (const mark of element.querySelectorAll<HTMLElement>("[data-mark]")) {
      const field = mark.querySelector("input");
      marks.set(mark.dataset["mark"] ?? "", field?.value ?? mark.textContent ?? "");
    }
    const key = element.getAttribute("data-sentence") ?? "";
    return { store, root, own, marks, key, text: element.textContent ?? "" };
  });
}

function judgeOf(lesson: LessonName, step: string, key: string): Judge | undefined {
  const steps: Readonly<Record<string, Readonly<Record<string, Judge>>>> = judges[lesson];
  return steps[step]?.[key];
}

/** True for a sentence that states nothing about the current numbers. */
export function isTimeless(lesson: LessonName, step: string, key: string): boolean {
  return judgeOf(lesson, step, key) === "timeless";
}

/** Returns the reason why a sentence is not true; undefined if it is. */
export function refuted(read: Read & { readonly key: string }): string | undefined {
  const { store, key, text, marks } = read;
  const { lesson } = store.state.value;
  const judge = judgeOf(lesson, store.step.value.key, key);
  const where = `${lesson}, ${store.step.value.key}, ${key}: “${text}” ${JSON.stringify([...marks])}`;
  if (judge === undefined) return `nobody judges ${where}`;
  if (judge === "timeless") {
    return marks.size === 0 ? undefined : `its numbers are not judged: ${where}`;
  }
  return judge(read) ? undefined : where;
}
