// @vitest-environment happy-dom
/**
 * The simulated reader checks the page after random edits, random choices of nodes, random positions, modes and rates:
 * every statement must be true for all numbers. Planted false sentences must be found.
 */

import { afterEach, describe, expect, test } from "vitest";
import fc from "../../../../packages/core/test/support/properties.ts";
import { sampled, WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { type Catalogue, catalogueOf } from "../../src/course/catalogue/index.ts";
import { type Language, languages } from "../../src/course/catalogue/languages.ts";
import type { Lesson, RunStep } from "../../src/course/lesson.ts";
import { told } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { Store } from "../../src/web/store.ts";
import { type Act, act, acts } from "./acts.ts";
import { readLine } from "./calculator.ts";
import { expectHonestNames, expectHonestPanel, falsehoods, nothing } from "./claims.ts";
import { BOXES, linesOf, openPage, promptEngine, settled } from "./page.ts";
import { isTimeless } from "./sentences.ts";

afterEach(() => {
  document.body.replaceChildren();
});

const RUNS = Number(process.env["READER_RUNS"] ?? (WHOLE ? 300 : 4));

/** `npm test` removes one in this many conditions from its sentence. */
const SAMPLE = 32;

/** Edits after which a lesson once had a false statement, with 4 digits on a phone. */
const wrongAfter: readonly (readonly [lesson: string, acts: Act[]])[] = [
  // The number on an edge is not a gradient in forward mode.
  [
    "chain-rule",
    [
      { kind: "step", number: 43 },
      { kind: "forward", number: 0 },
    ],
  ],
  // The name of a constant is its number, which was changed and reset.
  [
    "sigma",
    [{ kind: "nudge", node: 21, by: 1 }, { kind: "nudge", node: 4, by: 1e-9 }, { kind: "reset" }],
  ],
  // The derivative of e^x is the power without the difference that was added to it.
  [
    "sigma",
    [
      { kind: "set", node: 14, value: 0 },
      { kind: "place", number: 8 },
      { kind: "nudge", node: 7, by: 1e-9 },
    ],
  ],
  // The formula of a node without a name does not include the difference that was added to it.
  [
    "points",
    [
      { kind: "inside", node: 38, value: 0 },
      { kind: "nudge", node: 36, by: 1e-9 },
      { kind: "train", rate: "slow", frozen: 0, steps: 1 },
      { kind: "train", rate: "slow", frozen: 0, steps: "flat" },
    ],
  ],
];
/** Edits for the Korean texts, where a loss of NaN was mentioned in two sentences. */
const wrongInKorean: typeof wrongAfter = [
  [
    "slope",
    [
      { kind: "step", number: 19 },
      { kind: "set", node: 0, value: 1 },
      { kind: "train", rate: 12, frozen: 0, steps: "flat" },
      { kind: "choose", number: 0 },
    ],
  ],
];
type Example = [Lesson, Language, (typeof BOXES)[number], 2 | 4, Act[]];
/** Edits after which a number of the graph is near e, which a symbol has: the calculator must not exchange them. */
const nearE: typeof wrongAfter = [
  [
    "sigma",
    [
      { kind: "set", node: 56, value: 0 },
      { kind: "inside", node: 21, value: -1.67 },
      { kind: "set", node: 0, value: 0 },
    ],
  ],
];
const exampleIn =
  (language: Language, digits: 2 | 4 = 4) =>
  ([name, all]: (typeof wrongAfter)[number]): Example => {
    const lesson = told.find((each) => each.name === name);
    if (lesson === undefined) throw new Error(`no lesson ${name}`);
    return [lesson, language, BOXES[0], digits, all];
  };
const examples = [
  ...wrongAfter.map(exampleIn("en")),
  ...wrongInKorean.map(exampleIn("ko")),
  ...nearE.map(exampleIn("en", 2)),
];

test("No random edit makes the page state what a calculator refutes.", async () => {
  const seen = { evaluated: 0, agrees: 0, small: 0, none: 0, corner: 0, "": 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Lesson>(...told),
      fc.constantFrom(...languages),
      fc.constantFrom(...BOXES),
      fc.constantFrom(4, 4, 2, 9, "exact" as const),
      fc.array(acts, { minLength: 3, maxLength: 8 }),
      async (lesson, language, box, digits, all) => {
        const state = { ...initialState(lesson), digits };
        const store = new Store(language, catalogueOf(language), state, promptEngine());
        store.box.value = box;
        // Most statements are in the card, so it is opened.
        store.update({ card: true });
        const page = openPage(store);
        try {
          for (const each of all) {
            act(store, each);
            store.checks.makeAll();
            await settled();
            const reading = nothing();
            for (const line of linesOf(page.root)) readLine(line, digits, reading);
            expect(reading.wrong).toEqual([]);
            expectHonestNames(reading, store);
            seen.evaluated += reading.evaluated.length;
            seen[expectHonestPanel(store, page.root)]++;
            expect(falsehoods(store, page.root)).toEqual([]);
          }
        } finally {
          page.close();
        }
      },
    ),
    { numRuns: examples.length + RUNS, examples },
  );
  // A few runs may have only short pages.
  expect(seen.evaluated).toBeGreaterThan((WHOLE ? 6 : 1) * RUNS);
  expect(seen.agrees).toBeGreaterThan(WHOLE ? RUNS / 4 : 0);
}, 600_000);

/** Returns the first falsehood that is found in random states of a lesson with a planted fault. */
async function found(
  lesson: Lesson,
  step: number,
  texts: Catalogue,
  isIt: (falsehood: string) => boolean,
): Promise<string | undefined> {
  const huge = Array.from({ length: 24 }, (_, node): [Act[], number] => [
    [0, 1, 2].map((k) => ({ kind: "set", node: node + k, value: 1e300 })),
    node,
  ]);
  // A difference is added to each node, also to nodes within a folded one.
  const inside = Array.from({ length: 48 }, (_, node): [Act[], number] => [
    [{ kind: "inside", node, value: 2 }],
    node,
  ]);
  const drawn = fc.sample(fc.tuple(fc.array(acts, { minLength: 0, maxLength: 3 }), fc.nat()), {
    numRuns: 400,
    seed: 7,
  });
  for (const [all, draw] of [...huge, ...inside, ...drawn]) {
    const state = { ...initialState(lesson), step };
    const store = new Store("en", texts, state, promptEngine());
    store.box.value = BOXES[draw % BOXES.length] ?? BOXES[0];
    const page = openPage(store);
    try {
      for (const each of all) if (each.kind !== "step") act(store, each);
      store.checks.makeAll();
      await settled();
      const falsehood = falsehoods(store, page.root).find(isIt);
      if (falsehood !== undefined) return falsehood;
    } finally {
      page.close();
    }
  }
  return undefined;
}

describe.runIf(WHOLE)("a planted falsehood is found:", () => {
  const conditional = told.flatMap((lesson) =>
    lesson.run.flatMap((step, i) =>
      step.says.flatMap((sentence) =>
        typeof sentence === "string" || isTimeless(lesson.name, step.key, sentence[0])
          ? []
          : [[lesson.name, step.key, sentence[0], lesson, i] as const],
      ),
    ),
  );

  test.each(sampled(conditional, SAMPLE, 1))(
    "%s, %s says %s without its condition",
    async (name, stepKey, key, lesson, i) => {
      const step = lesson.run[i] as { says: RunStep["says"] };
      const { says } = step;
      step.says = says.map((sentence) =>
        typeof sentence !== "string" && sentence[0] === key ? key : sentence,
      );
      try {
        const where = `${name}, ${stepKey}, ${key}`;
        expect(
          await found(lesson, i, catalogueOf("en"), (each) => each.includes(where)),
        ).toBeDefined();
      } finally {
        step.says = says;
      }
    },
  );

  const en = catalogueOf("en");
  const { node, training, timeline, modes, slope } = en;
  const planted: readonly (readonly [string, string, string, Partial<Catalogue>])[] = [
    ["chain-rule", "bend", "prediction", { node: { ...node, bent: () => node.bentBetween } }],
    ["training", "step", "training", { training: { ...training, lowered: training.raised } }],
    [
      "slope",
      "downhill",
      "training",
      { training: { ...training, diverges: (loss, n) => training.diverges(loss, n + 1) } },
    ],
    ["training", "step", "training", { training: { ...training, isNear: training.isStuck } }],
    [
      "training",
      "step",
      "training",
      { training: { ...training, steepest: (_, slope) => training.steepest("w1", slope) } },
    ],
    ["graph", "kept", "timeline", { timeline: { ...timeline, adjusted: timeline.forward } }],
    [
      "nodes",
      "meet",
      "modes",
      { modes: { ...modes, forwardCost: (passes, n) => modes.forwardCost(passes, n + 1) } },
    ],
    [
      "slope",
      "one",
      "slope of side",
      { slope: { ...slope, misses: (h, by) => slope.misses(by, h) } },
    ],
  ];
  test.each(planted)("%s, %s, %s", async (name, stepKey, what, fault) => {
    const lesson = told.find((each) => each.name === name);
    if (lesson === undefined) throw new Error(`no lesson ${name}`);
    const step = lesson.run.findIndex(({ key }) => key === stepKey);
    const texts = { ...en, ...fault } as Catalogue;
    expect(await found(lesson, step, texts, (each) => each.includes(`${what}: `))).toBeDefined();
  });
});
