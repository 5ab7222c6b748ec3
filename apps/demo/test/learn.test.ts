/**
 * Tests of the pages of the site that have stages of the demo between texts: each text describes only things that the
 * stage beside it shows.
 */

import { readFileSync } from "node:fs";
import type { Graph } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { type Language, languages } from "../src/course/catalogue/languages.ts";
import type { Lesson, RunStep } from "../src/course/lesson.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { readLink } from "../src/instrument/link.ts";

const PAGES: Readonly<Record<Language, string>> = { en: "index", ko: "ko" };

interface Section {
  readonly heading: string;
  readonly text: string;
  readonly link: string;
}

function sectionsOf(language: Language): readonly Section[] {
  const file = new URL(`../../docs/pages/learn/${PAGES[language]}.md`, import.meta.url);
  return readFileSync(file, "utf8")
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const [heading = "", ...lines] = part.split("\n");
      const link = /<Stage [^>]*link="([^"]+)"/.exec(part)?.[1];
      const text = lines.filter((line) => !line.startsWith("<Stage")).join("\n");
      return link === undefined ? [] : [{ heading, text, link }];
    });
}

/** The state that a stage shows at first. */
interface Shown {
  readonly lesson: Lesson;
  readonly step: RunStep;
  readonly graph: Graph;
  readonly numbers: readonly number[];
  /** The shown names of its nodes and inputs. */
  readonly words: string;
}

function shownBy(link: string, language: Language): Shown {
  const [first] = lessons;
  const texts = catalogueOf(language);
  if (first === undefined) throw new Error("no lessons");
  const read = readLink(`#${link}`, first, texts);
  if ("damage" in read) throw new Error(`${link}: ${read.damage}`);
  const { lesson: name, inputs, step } = read.state;
  const lesson = findLesson(name);
  const at = lesson?.run[step];
  if (lesson === undefined || at === undefined) throw new Error(link);
  const graph = lesson.explain(inputs);
  const numbers = graph.nodes.flatMap(({ value, gradient }) =>
    [value, gradient].flatMap((each) => (each?.rank === 0 ? [each.item()] : [])),
  );
  const known: Readonly<Record<string, string>> = texts.inputs;
  const words = [
    ...Object.values(texts.lessons[name].nodes),
    ...Object.keys(lesson.inputs).map((input) => known[input] ?? input),
    texts.lessons[name].title,
  ];
  return { lesson, step: at, graph, numbers, words: words.join(", ") };
}

const hasOp = (name: string) => (shown: Shown) =>
  shown.graph.nodes.some(({ op }) => op?.name === name);
const names = (pattern: RegExp) => (shown: Shown) => pattern.test(shown.words);

/** Words in texts, each with a check that the stage has the feature that they mention. */
const CLAIMS: readonly (readonly [words: RegExp, isTrue: (shown: Shown) => boolean])[] = [
  [/\bapples?\b|사과/i, names(/apple|사과/)],
  [/\bprices?\b|가격/, names(/price|가격/)],
  [/\btax\b|부가세/, ({ lesson }) => Object.hasOwn(lesson.inputs, "tax")],
  [/\bproduct\b|곱은/, hasOp("mul")],
  [/\bsum\b|합은/, hasOp("add")],
  [/σ/, hasOp("sigmoid")],
  [
    /\bweights?\b|가중치/,
    ({ lesson }) => Object.keys(lesson.inputs).some((each) => /^w\d/.test(each)),
  ],
  [/\bnetwork\b|신경망/, ({ lesson }) => lesson.isNetwork === true],
  [/\bloss\b|손실/, ({ lesson }) => lesson.training !== undefined],
  [/is below each line|선 아래에 있고/, ({ step }) => step.at === "end"],
];

/** Returns the names, numbers and features in a text that the stage beside it does not show. */
function missing({ text }: Section, shown: Shown): readonly string[] {
  const wrong = CLAIMS.flatMap(([words, isTrue]) => {
    const said = words.exec(text)?.[0];
    return said === undefined || isTrue(shown) ? [] : [said];
  });
  for (const [said, number = "", percent] of text.matchAll(/(\d+(?:\.\d+)?)( %)?/g)) {
    const value = percent === undefined ? Number(number) : 1 + Number(number) / 100;
    if (!shown.numbers.some((each) => Math.abs(each - value) < 1e-9)) wrong.push(said);
  }
  return wrong;
}

describe.each(languages)("in %s", (language) => {
  const sections = sectionsOf(language);

  test("there are stages", () => expect(sections.length).toBeGreaterThanOrEqual(5));

  test.each(sections)("the text of “$heading” is true of the stage beside it", (section) => {
    expect(missing(section, shownBy(section.link, language))).toEqual([]);
  });

  test("a text above another stage is found, and every kind of claim is made", () => {
    const question = sections[1];
    if (question === undefined) throw new Error("no section");
    expect(missing(question, shownBy("v3=question", language))).not.toEqual([]);
    const text = sections.map((section) => section.text).join("\n");
    for (const [words] of CLAIMS) expect(text).toMatch(words);
  });
});
