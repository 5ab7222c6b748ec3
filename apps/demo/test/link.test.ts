import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { initialState, linkOf, readLink, type State } from "../src/instrument/link.ts";

const texts = catalogueOf("en");
const [first] = lessons;
if (first === undefined) throw new Error("no lessons");

const read = (fragment: string) => readLink(fragment, first, texts);

/** Any state that the page can be in. */
const states: fc.Arbitrary<State> = fc.constantFrom(...lessons).chain((lesson) =>
  fc.record({
    lesson: fc.constant(lesson.name),
    inputs: fc.record(
      Object.fromEntries(
        Object.entries(lesson.inputs).map(([name, { minimum = -1e6, maximum = 1e9, whole }]) => [
          name,
          whole === true
            ? fc.integer({ min: minimum, max: maximum })
            : fc.double({ min: minimum, max: maximum, noNaN: true }).map((x) => x + 0),
        ]),
      ),
    ),
    adjusted: fc.dictionary(
      fc.nat({ max: 40 }).map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((by) => by !== 0),
    ),
    place: fc.option(fc.nat({ max: 99 }), { nil: undefined }),
    step: fc.nat({ max: lesson.run.length - 1 }),
    mode: fc.option(fc.constantFrom("reverse", ...Object.keys(lesson.inputs)), { nil: undefined }),
    opened: fc.uniqueArray(fc.nat({ max: 40 })),
    node: fc.option(fc.nat({ max: 40 }), { nil: undefined }),
    trained: fc.nat({ max: 20_000 }),
    digits: fc.option(fc.oneof(fc.constant("exact" as const), fc.integer({ min: 1, max: 17 })), {
      nil: undefined,
    }),
  }),
);

describe("a link", () => {
  test("has every state, and gives it back", () => {
    fc.assert(
      fc.property(states, (state) => {
        const link = linkOf(state);
        expect(link).toMatch(/^#v1=[\w;:=,.+-]+$/);
        expect(read(link)).toEqual({ state });
      }),
      { numRuns: 500 },
    );
  });

  test("is short", () => {
    expect(linkOf(initialState(first))).toBe("#v1=apples");
    expect(read("")).toEqual({ state: initialState(first) });
  });

  test("is, however it is damaged, read as a good state or refused in words", () => {
    const damaged = fc
      .tuple(
        states.map(linkOf),
        fc.array(
          fc.tuple(fc.nat(), fc.string({ unit: "binary", maxLength: 3 }), fc.nat({ max: 4 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
      )
      .map(([link, edits]) =>
        edits.reduce((text, [at, insert, remove]) => {
          const place = at % (text.length + 1);
          return text.slice(0, place) + insert + text.slice(place + remove);
        }, link),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const answer = read(text);
        if ("damage" in answer) {
          expect(answer.damage.length).toBeGreaterThan(10);
          return;
        }
        const { state } = answer;
        const lesson = findLesson(state.lesson);
        expect(Object.keys(state.inputs)).toEqual(Object.keys(lesson?.inputs ?? {}));
        for (const value of Object.values(state.inputs)) expect(Number.isFinite(value)).toBe(true);
        for (const by of Object.values(state.adjusted)) expect(Number.isFinite(by)).toBe(true);
        expect(lesson?.run[state.step]).toBeDefined();
        expect(read(linkOf(state))).toEqual({ state });
      }),
      { numRuns: 3000 },
    );
  });

  test("takes any text without a throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `#v1=${text}`),
        ),
        (text) => {
          read(text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["#v2=apples", texts.link.version],
    ["#/apples-and-tangerines", texts.link.version],
    ["#v1=", texts.link.lesson],
    ["#v1=toString", texts.link.lesson],
    ["#v1=apples;i=price:-1", texts.link.number("-1")],
    ["#v1=apples;i=price:1e999", texts.link.number("1e999")],
    ["#v1=apples;i=price:0x10", texts.link.number("0x10")],
    ["#v1=apples;i=price:1,price:2", texts.link.part("price:2")],
    ["#v1=apples;i=constructor:1", texts.link.part("constructor")],
    ["#v1=apples;s=7", texts.link.number("7")],
    ["#v1=apples;t=1;t=2", texts.link.part("t=2")],
    ["#v1=apples;m=w5", texts.link.part("w5")],
    ["#v1=apples;u=99999999", texts.link.number("99999999")],
    ["#v1=apples;d=18", texts.link.number("18")],
  ])("%s is refused", (fragment, words) => {
    expect(read(fragment)).toEqual({ damage: words });
  });
});
