import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { programsOf } from "../scripts/programs.mjs";
import { type Catalogue, catalogueOf } from "../src/course/catalogue/index.ts";
import { languages } from "../src/course/catalogue/languages.ts";
import { withParticle } from "../src/course/catalogue/particles.ts";
import { initialInputs, type Lesson, type Situation } from "../src/course/lesson.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { sources } from "../src/course/programs/generated.ts";
import { namesByLine } from "../src/instrument/lines.ts";
import { filled, piecesOf, sentencesOf, textFor } from "../src/instrument/template.ts";

type Steps = Readonly<Record<string, Readonly<Record<string, string>>>>;

const start = (name: string) => {
  const lesson = findLesson(name);
  if (lesson === undefined) throw new Error(`no lesson ${name}`);
  return lesson.explain(initialInputs(lesson));
};

const numbers = (name: string, ...nodes: string[]) => {
  const graph = start(name);
  return nodes.map((node) => [graph.node(node)?.value?.item(), graph.node(node)?.gradient?.item()]);
};

describe("the numbers of the lessons", () => {
  test("are those of the books", () => {
    expect(numbers("apples", "price", "count", "tax", "apples", "total")).toEqual([
      [100, 2.2],
      [2, 110.00000000000001],
      [1.1, 200],
      [200, 1.1],
      [220.00000000000003, 1],
    ]);
    expect(numbers("graph", "fruit", "total", "tax", "applePrice", "tangerines")).toEqual([
      [650, 1.1],
      [715.0000000000001, 1],
      [1.1, 650],
      [100, 2.2],
      [3, 165],
    ]);
    expect(numbers("chain-rule", "x", "t", "z")).toEqual([
      [3, 10],
      [5, 10],
      [25, 1],
    ]);
    expect(numbers("nodes", "x", "y", "L")).toEqual([
      [2, 45],
      [5, 24],
      [70, 1],
    ]);
  });

  test("of the snack tax are printed exactly", () => {
    const lesson = findLesson("snack-tax");
    expect(lesson?.prints?.(initialInputs(lesson))).toEqual([
      "200 220.00000000000003",
      "1.1 200",
      "2.2 110.00000000000001",
    ]);
  });

  test("of errors that are carried back add up to the errors", () => {
    const lesson = findLesson("question");
    const graph = start("question");
    const shares = lesson?.shares?.(graph);
    const to = (output: string) =>
      shares?.edges
        .filter((edge) => edge.to === output)
        .reduce((sum, { carried }) => sum + carried, 0);
    expect(to("o1")).toBeCloseTo(graph.node("E1")?.value?.item() ?? 0, 14);
    expect(to("o2")).toBeCloseTo(graph.node("E2")?.value?.item() ?? 0, 14);
    expect(shares?.edges[0]?.part).toBeCloseTo(0.4 / 0.85, 15);
  });
});

describe.each(languages)("the texts in %s", (language) => {
  const texts: Catalogue = catalogueOf(language);

  test.each(lessons.map((lesson) => [lesson.name, lesson] as const))(
    "of %s speak of nodes and inputs that are there",
    (name, lesson: Lesson) => {
      const graph = start(name);
      const steps: Steps = texts.lessons[name].steps;
      // Every written sentence is used, and every used sentence is written.
      const said = lesson.run.map(({ key, says }) => [
        key,
        says.map((each) => (typeof each === "string" ? each : each[0])).sort(),
      ]);
      const written = Object.entries(steps).map(([key, each]) => [key, Object.keys(each).sort()]);
      expect(said).toEqual(written);
      for (const text of Object.values(steps).flatMap((step) => Object.values(step))) {
        for (const piece of piecesOf(textFor(text, "page", texts))) {
          if (typeof piece === "string") {
            const plurals = [...piece.matchAll(/\{(\w+)\?[^|}]+\|[^}]+\}/g)];
            for (const [, input = ""] of plurals) expect(lesson.inputs).toHaveProperty(input);
            expect(piece.replace(/\{\w+\?[^|}]+\|[^}]+\}/g, "")).not.toMatch(/[{}[\]]|-1/);
          } else if (piece.kind === "input") expect(lesson.inputs).toHaveProperty(piece.name);
          else if (piece.kind === "fact") expect(lesson.facts).toHaveProperty(piece.name);
          else if (piece.kind === "difference") expect(graph.node(piece.name)).toBeDefined();
          else expect(graph.node(piece.name)?.[piece.kind]).toBeDefined();
        }
      }
      for (const { node, ask, offer, at } of lesson.run) {
        const place = typeof at === "string" ? undefined : at.node;
        const changed = offer !== undefined && "node" in offer ? offer.node : undefined;
        for (const each of [node, ask?.node, changed, place]) {
          if (each !== undefined) expect(graph.node(each)?.name).toBe(each);
        }
      }
    },
  );
});

test("One apple is no apples, and one purchase no purchases.", () => {
  const lesson = findLesson("graph");
  const many = findLesson("snack-tax");
  if (lesson === undefined || many === undefined) throw new Error("no lesson");
  const told = (of: Lesson, given: Record<string, number>) => {
    const inputs = { ...initialInputs(of), ...given };
    const text = Object.values(catalogueOf("en").lessons[of.name].steps)
      .flatMap((step) => Object.values(step))
      .map((each) => textFor(String(each), "terminal", catalogueOf("en")));
    const now = { inputs, graph: of.explain(inputs), digits: 4 };
    return text.map((each) => filled(each, of, now)).join(" ");
  };
  expect(told(lesson, { apples: 1, tangerines: 3 })).toContain("1 apple at 100, 3 tangerines at");
  expect(told(lesson, { apples: 2, tangerines: 1 })).toContain("2 apples at 100, 1 tangerine at");
  expect(told(many, { purchases: 1 })).toContain("1 purchase, each");
});

test("The terminal is told nothing that only a page has.", () => {
  for (const language of languages) {
    const texts = catalogueOf(language);
    for (const { name } of lessons) {
      const steps: Steps = texts.lessons[name].steps;
      for (const text of Object.values(steps).flatMap((step) => Object.values(step))) {
        expect(textFor(text, "terminal", texts)).not.toMatch(
          /[Dd]rag|[Pp]ress|play|button|edges? show|[Tt]ry|dashed|orange|끌어|누르|재생|해 보세요|점선|주황/,
        );
        expect(textFor(text, "page", texts)).not.toMatch(/\[page|\[terminal|--digits/);
      }
    }
  }
});

test("The directions of the texts are those of every width.", () => {
  for (const language of languages) {
    expect(JSON.stringify(catalogueOf(language).lessons)).not.toMatch(
      /\bleft\b|(from|to) the right|왼쪽|오른쪽/,
    );
  }
});

test("What the lesson on code says of its total is true of any numbers.", () => {
  const lesson = findLesson("snack-tax");
  const step = lesson?.run[1];
  if (lesson === undefined || step === undefined) throw new Error("no lesson");
  const told = (changed: Record<string, number>) => {
    const inputs = { ...initialInputs(lesson), ...changed };
    const now: Situation = {
      inputs,
      graph: lesson.explain(inputs),
      digits: 4,
      mode: { kind: "reverse" },
      isDerivativeShown: () => true,
      isProductShown: () => true,
      isFolded: () => false,
      hasChecks: false,
      hasShares: false,
    };
    const said = sentencesOf(lesson, step, now, catalogueOf("en"), "page");
    return said.map(({ text }) => filled(text, lesson, now)).join(" ");
  };
  expect(told({})).toMatch(
    /^Why 220\.00000000000003 and not 220\? .* tax factor 1.1 it keeps 1\.10000000000000008881/,
  );
  expect(told({ tax: 1.25 })).toMatch(/^The program prints 250, which is exactly the product/);
  expect(told({ snack: 0.1, count: 3, tax: 1 })).toMatch(
    /^Why 0\.30000000000000004 and not 0\.3\? .* price 0.1 it keeps 0.1000000000000000055/,
  );
  expect(told({ snack: 2 ** 53 - 1, count: 3 })).toMatch(/^(Why|The program)/);
  expect(told({ snack: 1e300, count: 1e300 })).toMatch(
    /^The program prints ∞: on the way a product became larger than any number/,
  );
  expect(told({ snack: 1 / 3, count: 1, tax: 1 })).toMatch(
    /^The program prints 0.3333333333333333, wh/,
  );
  expect(told({ snack: 1 + 2 ** -52, count: 1 + 2 ** -52, tax: 1 })).toMatch(
    /^The program prints .*the nearest/,
  );
});

test("Korean particles follow the last sound.", () => {
  const subjects = ["가격", "개수", "w5", "w6", "E", "L", "오차 E", "z", "h1", "t²"];
  expect(subjects.map((word) => withParticle(word, "subject"))).toEqual([
    "가격이",
    "개수가",
    "w5가",
    "w6이",
    "E가",
    "L이",
    "오차 E가",
    "z가",
    "h1이",
    "t²이",
  ]);
  expect([withParticle("110", "topic"), withParticle("2.2", "topic")]).toEqual(["110은", "2.2는"]);
  // Brackets are not pronounced, subscript digits and Greek letters are, and Latin words are pronounced as words.
  const topics = [
    "총액(원)",
    "개수(개)",
    "E₁",
    "E₂",
    "ε",
    "α",
    "σ",
    "total",
    "price",
    "step",
    "sum",
    "rate",
  ];
  expect(topics.map((word) => withParticle(word, "topic"))).toEqual([
    "총액(원)은",
    "개수(개)는",
    "E₁은",
    "E₂는",
    "ε은",
    "α는",
    "σ는",
    "total은",
    "price는",
    "step은",
    "sum은",
    "rate는",
  ]);
  const all = JSON.stringify(catalogueOf("ko"));
  expect(all + String(catalogueOf("ko").node.rises("x", "y", "1"))).not.toMatch(
    /은\(는\)|이\(가\)|을\(를\)|\(으\)로/,
  );
});

test("Korean complaints have their particles, counts their words, and no particle stands apart.", () => {
  const ko = catalogueOf("ko");
  expect(ko.complaints.least("사과 가격", "0")).toBe("사과 가격은 0 이상이어야 합니다");
  expect(ko.complaints.number("개수")).toBe("개수는 숫자여야 합니다");
  expect([ko.count(1_000_000), ko.count(123_456)]).toEqual(["100만", "123,456"]);
  expect(catalogueOf("en").count(1_000_000)).toBe("1,000,000");
  expect(ko.modes.reverseCost(1, 4)).toContain("한 번 훑어 연산 네 번");
  expect(ko.modes.forwardCost(12, 34)).toContain("12번 훑어 연산 34번");
  expect(JSON.stringify(ko)).not.toMatch(/[+−\d] (로|은|는|을|를|이|가)[ .]/);
});

test("No sentence of one language stands in the other.", () => {
  const sentences = (entry: object): string[] =>
    Object.values(entry).flatMap((value: unknown) =>
      typeof value === "string"
        ? [value]
        : typeof value === "object" && value
          ? sentences(value)
          : [],
    );
  const english = new Set(sentences(catalogueOf("en")));
  const same = sentences(catalogueOf("ko")).filter(
    (text) => english.has(text) && /[A-Za-z]{4}/.test(text.replace(/\{.*?\}/g, "")),
  );
  expect(same).toEqual([]);
});

test("The programs that are shown are those that run.", () => {
  for (const [file, functions] of Object.entries(sources)) {
    const path = new URL(`../src/course/programs/${file}.ts`, import.meta.url);
    expect(programsOf(readFileSync(path, "utf8"))).toEqual(functions);
  }
});

test("A line of a program knows the nodes that it computes.", () => {
  const graph = start("snack-tax");
  expect(namesByLine(sources.snackTax.layers, graph)).toEqual([
    ["snack", "count", "tax"],
    [],
    [],
    ["price"],
    ["total"],
    [],
    ["price", "tax"],
    [],
    ["snack", "count"],
    [],
    [],
  ]);
});
