import { explain, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import fc from "../../../packages/core/test/support/properties.ts";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { initialInputs, type Lesson, PANELS } from "../src/course/lesson.ts";
import { lessons as all, findLesson, NO_POINTS, told } from "../src/course/lessons.ts";
import "../src/own/register.ts";
import { decodeText, encodeText } from "../src/instrument/encoding.ts";
import { initialState, linkOf, readLink, type State } from "../src/instrument/link.ts";
import { NodeKeys } from "../src/instrument/nodeKeys.ts";
import { oldKey } from "../src/instrument/oldLinks.ts";

const texts = catalogueOf("en");
/** A typed function, with and without points to which it is fitted. */
const OWN = "z = (가격 + constructor)^2 * w\nw = 2";
const POINTS = {
  data: ["가격", "constructor"],
  rows: [
    [1, 2, 3],
    [-0.5, 1e-7, 0],
  ],
};
const owns = [findLesson("own", OWN), findLesson("own", OWN, POINTS)].flatMap((each) => each ?? []);
const lessons = [...told, ...owns];
const [first] = all;
if (first === undefined) throw new Error("no lessons");

const read = (fragment: string) => readLink(fragment, first, texts);

/** Returns the keys of the nodes that are not inputs. */
function keysOf(lesson: Lesson): string[] {
  const graph = lesson.explain(initialInputs(lesson));
  const keys = new NodeKeys(graph);
  return graph.nodes.filter(({ kind }) => kind === "operation").map(({ id }) => keys.of(id));
}

/** Any state that the page can be in. */
const states: fc.Arbitrary<State> = fc.constantFrom(...lessons).chain((lesson) =>
  fc.record({
    lesson: fc.constant(lesson.name),
    text: fc.constant(lesson.own?.text ?? ""),
    points: fc.constant(lesson.training?.data && lesson.own ? POINTS : NO_POINTS),
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
      fc.constantFrom(...keysOf(lesson)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((by) => by !== 0),
    ),
    place: fc.option(fc.nat({ max: 99 }), { nil: undefined }),
    step: fc.nat({ max: lesson.run.length - 1 }),
    mode: fc.option(fc.constantFrom("reverse", ...Object.keys(lesson.inputs)), { nil: undefined }),
    opened: fc.uniqueArray(fc.constantFrom(...keysOf(lesson))),
    node: fc.option(fc.constantFrom(...keysOf(lesson)), { nil: undefined }),
    edge: fc.option(
      fc.constantFrom(...keysOf(lesson)).map((key) => `${key}.1`),
      { nil: undefined },
    ),
    card: fc.boolean(),
    trained: fc.constant(500),
    shown: fc.option(fc.nat({ max: 500 }), { nil: undefined }),
    panel: fc.option(fc.constantFrom(...PANELS), { nil: undefined }),
    both: fc.option(fc.boolean(), { nil: undefined }),
    h: fc.option(fc.constantFrom(1, 0.001, -2, 1e-9), { nil: undefined }),
    hidden: fc.option(
      fc.record({
        node: fc.constantFrom(...keysOf(lesson)),
        what: fc.constantFrom("value" as const, "gradient" as const),
      }),
      { nil: undefined },
    ),
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
        expect(link).toMatch(/^#v3=[\w;:=,.~/+-]+$/);
        expect(read(link)).toEqual({ state });
      }),
      { numRuns: 200 },
    );
  });

  test("is short", () => {
    expect(linkOf(initialState(first))).toBe("#v3=apples");
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
        const lesson = findLesson(state.lesson, state.text, state.points);
        expect(Object.keys(state.inputs)).toEqual(Object.keys(lesson?.inputs ?? {}));
        for (const value of Object.values(state.inputs)) expect(Number.isFinite(value)).toBe(true);
        for (const by of Object.values(state.adjusted)) expect(Number.isFinite(by)).toBe(true);
        expect(lesson?.run[state.step]).toBeDefined();
        expect(read(linkOf(state))).toEqual({ state });
      }),
      { numRuns: 800 },
    );
  });

  test("takes any text without a throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `#v3=${text}`),
        ),
        (text) => {
          read(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["#v4=apples", texts.link.version],
    ["#/apples-and-tangerines", texts.link.version],
    ["#v2=", texts.link.lesson],
    ["#v2=toString", texts.link.lesson],
    ["#v2=apples;i=price:-1", texts.link.number("-1")],
    ["#v2=apples;i=price:1e999", texts.link.number("1e999")],
    ["#v2=apples;i=price:0x10", texts.link.number("0x10")],
    ["#v2=apples;i=price:1,price:2", texts.link.part("price:2")],
    ["#v2=apples;i=constructor:1", texts.link.part("constructor")],
    ["#v2=apples;a=price:-101", texts.link.number("-101")],
    ["#v2=apples;n=~!", texts.link.part("~!")],
    ["#v2=apples;n=~cHJpY2U", texts.link.part("~cHJpY2U")],
    ["#v2=apples;s=6", texts.link.number("6")],
    ["#v2=apples;p=all", texts.link.part("all")],
    ["#v2=apples;c=2", texts.link.part("2")],
    ["#v2=apples;h=0", texts.link.number("0")],
    ["#v2=apples;q=total.x", texts.link.part("total.x")],
    ["#v2=apples;u=3;k=4", texts.link.number("4")],
    ["#v2=apples;f=x", texts.link.part("f=x")],
    ["#v2=own;f=~!", texts.link.function],
    ["#v2=own;f=~KHg", texts.link.function],
    ["#v2=own;f=x;y=1", texts.link.part("y=1")],
    ["#v2=own;f=x;x=x;y=1", texts.link.part("1")],
    ["#v2=apples;t=1;t=2", texts.link.part("t=2")],
    ["#v2=apples;m=w5", texts.link.part("w5")],
    ["#v2=apples;u=99999999", texts.link.number("99999999")],
    ["#v2=apples;d=18", texts.link.number("18")],
    ["#v1=apples;n=99", texts.link.part("99")],
  ])("%s is refused", (fragment, words) => {
    const answer = read(fragment);
    if (!("damage" in answer)) throw new Error("it is read");
    expect(answer.damage).toBe(words);
    // The message of the page says that this lesson begins, and the link names the same lesson.
    const named = lessons.find(({ name }) => fragment.includes(`=${name}`)) ?? first;
    const isOwn = fragment.includes("=own");
    expect(answer.start.lesson).toBe(isOwn ? "own" : named.name);
    expect(linkOf(answer.start)).toBe(`#v3=${answer.start.lesson}`);
  });

  test("holds any text, and nothing that a messenger changes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const word = encodeText(text);
        expect(word).toMatch(/^~?[\w-]*$/);
        expect(decodeText(word)).toBe(text.normalize());
        expect(decodeURIComponent(word)).toBe(word);
      }),
    );
    expect([encodeText("price"), encodeText("사과"), encodeText("")]).toEqual([
      "price",
      "~7IKs6rO8",
      "~",
    ]);
  });

  test("has keys that distinguish all nodes of a graph", () => {
    for (const lesson of lessons) {
      const graph = lesson.explain(initialInputs(lesson));
      const keys = new NodeKeys(graph);
      const all = graph.nodes.map(({ id }) => keys.of(id));
      expect(new Set(all).size).toBe(all.length);
      expect(all.map((key) => keys.id(key))).toEqual(graph.nodes.map(({ id }) => id));
    }
    const unnamed = explain((사과: Tensor, b: Tensor) => 사과.mul(b).add(사과).exp())(1, 2);
    const keys = new NodeKeys(unnamed);
    expect(unnamed.nodes.map(({ id }) => keys.of(id))).toEqual([
      "~7IKs6rO8",
      "b",
      "/4/0/0",
      "/4/0",
      "/4",
    ]);
  });
});

describe("an address of the first version", () => {
  test.each([
    [
      "#v1=graph;i=applePrice:101;a=7:10;s=4;n=1",
      "#v3=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice",
    ],
    [
      "#v1=training;i=t1:0.4,t2:0.6,rate:1000;u=100",
      "#v3=training;i=t1:0.4,t2:0.6,rate:1000;u=100",
    ],
    ["#v1=training;o=18,19,23;n=17", "#v3=training;o=h1,h2/0/0/0,h2;n=h1/0"],
    ["#v1=question;a=38:0.5,39:1;s=3", "#v3=question;a=E/0:0.5,E/1:1;s=3"],
    ["#v1=chain-rule;a=2:1;m=y;d=exact", "#v3=chain-rule;a=t:1;m=y;d=exact"],
    ["#v1=snack-tax;i=snack:0.1,count:3,tax:1;t=2", "#v3=snack-tax;i=snack:0.1,count:3,tax:1;t=2"],
    // A difference that was added to an input changes the input.
    ["#v1=apples;a=0:50,3:50", "#v3=apples;i=price:150;a=apples:50"],
    // Links of lessons that were merged into another.
    ["#v1=speed;i=purchases:2000", "#v3=snack-tax;i=purchases:2000;s=2"],
    ["#v1=backward;i=price:150;s=6;n=1", "#v3=apples;i=price:150;s=5;n=count"],
    ["#v2=backward;a=apples:5;s=1", "#v3=apples;a=apples:5;s=5"],
  ])("%s opens as %s", (old, today) => {
    const answer = read(old);
    expect("state" in answer && linkOf(answer.state)).toBe(today);
    expect(read(today)).toEqual(answer);
  });

  test("has the keys of all its nodes, as long as these are there", () => {
    const old = ["apples", "question", "graph", "chain-rule", "nodes", "snack-tax", "training"];
    for (const lesson of told.filter(({ name }) => old.includes(name))) {
      const graph = lesson.explain(initialInputs(lesson));
      const keys = new NodeKeys(graph);
      for (const { id } of graph.nodes) expect(oldKey(lesson.name, String(id))).toBe(keys.of(id));
    }
  });
});
