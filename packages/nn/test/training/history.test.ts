/** The picture of a training shows the numbers of its history. */

import { describe, expect, test } from "vitest";
import { expectWellFormed } from "../../../core/test/support/xml.ts";
import { type EpochRow, History } from "../../src/training/history.ts";
import { lossCurve } from "../../src/training/lossCurve.ts";

function historyOf(count: number, row: (epoch: number) => Partial<EpochRow>): History {
  const history = new History();
  for (let epoch = 0; epoch < count; epoch++) {
    history.push({
      epoch,
      steps: epoch + 1,
      learningRate: 0.1,
      training: { loss: 1 },
      ...row(epoch),
    });
  }
  return history;
}

interface Drawn {
  readonly title: string;
  readonly ticks: { readonly value: number; readonly text: string; readonly y: number }[];
  /** The curves by name: pairs of step and value, converted back by the numbers at the ticks. */
  readonly curves: Map<string, [number, number][]>;
  readonly labels: string[];
}

const attribute = (element: string, name: string) =>
  new RegExp(`${name}="([^"]*)"`).exec(element)?.[1] ?? "";
const elements = (text: string, name: string, kind: string) =>
  [...text.matchAll(new RegExp(`<${name} class="${kind}"[^>]*>([^<]*)`, "g"))].map(
    ([element, content = ""]) => ({ element, content }),
  );

/** Returns the linear function through two points. */
function lineThrough([a, b]: [number, number], [c, d]: [number, number]) {
  return (x: number) => b + ((x - a) / (c - a)) * (d - b);
}

/** Reads a picture by the numbers at its axes, as a person would. */
function readPicture(svg: string): Drawn[] {
  const steps = elements(svg, "text", "tick").flatMap(({ element, content }) =>
    element.includes("data-step")
      ? [[Number(attribute(element, "x")), Number(content)] as const]
      : [],
  );
  const [start = [0, 1], end = [1, 1]] = [steps[0], steps.at(-1)];
  const stepAt = lineThrough([start[0], start[1]], [end[0], end[1]]);
  return svg
    .split('<g class="panel">')
    .slice(1)
    .map((panel) => {
      const title = elements(panel, "text", "title")[0]?.content ?? "";
      const ticks = elements(panel, "text", "tick")
        .filter(({ element }) => element.includes("data-value"))
        .map(({ element, content }) => ({
          value: Number(attribute(element, "data-value")),
          text: content,
          y: Number(attribute(element, "y")),
        }));
      const isLogarithmic = title.endsWith("(logarithmic)");
      const [low, high] = [ticks[0], ticks.at(-1)];
      const own = isLogarithmic ? Math.log : (value: number) => value;
      const back = isLogarithmic ? Math.exp : (value: number) => value;
      const valueAt = lineThrough(
        [low?.y ?? 0, own(low?.value ?? 0)],
        [high?.y ?? 0, own(high?.value ?? 0)],
      );
      const curves = new Map(
        elements(panel, "path", "curve").map(({ element }) => [
          attribute(element, "data-curve"),
          [...attribute(element, " d").matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(
            ([, x, y]): [number, number] => [stepAt(Number(x)), back(valueAt(Number(y)))],
          ),
        ]),
      );
      return {
        title,
        ticks,
        curves,
        labels: elements(panel, "text", "label").map(({ content }) => content),
      };
    });
}

/** Expects the points of a curve, in which the first point is repeated. */
function expectCurve(
  drawn: [number, number][] | undefined,
  values: readonly number[],
  tolerance: number,
) {
  expect(drawn?.slice(1).map(([step]) => Math.round(step))).toEqual(values.map((_, i) => i + 1));
  drawn?.slice(1).forEach(([step, value], i) => {
    expect(Math.abs(step - (i + 1))).toBeLessThan(0.02);
    expect(Math.abs(value - (values[i] ?? Number.NaN))).toBeLessThan(tolerance);
  });
}

describe("history.svg()", () => {
  const loss = (epoch: number) => 2 * Math.exp(-epoch / 5) + 0.01;
  const held = (epoch: number) => 2 * Math.exp(-epoch / 5) + 0.05;
  const right = (epoch: number) => 1 - 0.9 * Math.exp(-epoch / 4);
  const rate = (epoch: number) => 0.005 * (1 + Math.cos((Math.PI * epoch) / 30));
  const history = historyOf(30, (epoch) => ({
    training: { loss: loss(epoch) },
    validation: { loss: held(epoch), accuracy: right(epoch) },
    learningRate: rate(epoch),
  }));
  const epochs = Array.from({ length: 30 }, (_, epoch) => epoch);

  test.each([720, 340])("has every value where the axes say, %i wide", (width) => {
    const panels = readPicture(history.svg({ width }));
    expect(panels.map(({ title }) => title)).toEqual([
      "loss (logarithmic)",
      "accuracy",
      "learning rate",
    ]);
    const [losses, accuracies, rates] = panels;
    // Errors on a logarithmic axis are relative to the value.
    expectCurve(losses?.curves.get("training"), epochs.map(loss), 2e-3);
    expectCurve(losses?.curves.get("validation"), epochs.map(held), 2e-3);
    expectCurve(accuracies?.curves.get("validation"), epochs.map(right), 2e-4);
    expectCurve(rates?.curves.get(""), epochs.map(rate), 2e-6);
    expect([...(accuracies?.curves.keys() ?? [])]).toEqual(["validation"]);
  });

  test("names its ticks and the last values by their numbers", () => {
    const panels = readPicture(history.svg());
    for (const { value, text } of panels.flatMap(({ ticks }) => ticks)) {
      expect(Number(text.replaceAll("−", "-"))).toBe(value);
    }
    expect(panels.map(({ labels }) => labels)).toEqual([
      [`training ${loss(29).toPrecision(4)}`, `validation ${held(29).toPrecision(4)}`],
      [`validation ${right(29).toPrecision(4)}`],
      [rate(29).toExponential(3).replace("-", "−")],
    ]);
  });

  test("is well-formed, and tells screen readers what it shows", () => {
    const svg = history.svg({ title: "a < b" });
    expectWellFormed(svg);
    expect(svg).toContain("<title>a &lt; b</title>");
    expect(svg).toContain("<desc>30 epochs. loss training from 2.01 to 0.01606. ");
    expect(svg).not.toContain("style");
  });

  test("has the colours of its theme", () => {
    expect(history.svg()).toContain('fill="#ffffff"');
    const dark = history.svg({ theme: "dark" });
    expect(dark).toContain('fill="#12181f"');
    expect(dark).not.toContain("#ffffff");
  });

  test("leaves a gap where a value is not finite, and says so at the end", () => {
    const svg = historyOf(6, (epoch) => ({
      validation: { loss: 1, mae: epoch === 2 || epoch === 5 ? Number.NaN : epoch },
    })).svg();
    const [, mae] = readPicture(svg);
    const steps = mae?.curves.get("validation")?.map(([step]) => Math.round(step));
    expect(steps).toEqual([1, 1, 2, 4, 4, 5]);
    expect(mae?.labels).toEqual(["validation not finite"]);
  });

  test("of no epoch and of one can be drawn", () => {
    const none = new History().svg();
    expectWellFormed(none);
    expect(none).toContain("no epoch has ended yet");
    const [, height, y] =
      /height="(\d+)"[\s\S]*class="tick" x="18" y="(\d+)"/.exec(none)?.map(Number) ?? [];
    expect([y, (height ?? 0) - (y ?? 0)].every((room) => (room ?? 0) >= 18)).toBe(true);
    const [one] = readPicture(historyOf(1, () => ({ training: { loss: 0.5 } })).svg());
    expect(one?.ticks.map(({ text }) => text)).toEqual(["0.5"]);
    expect(one?.labels).toEqual(["training 0.5"]);
  });

  test("has two numbers at least on every axis that spans anything", () => {
    for (const [low, high] of [
      [0.0093, 0.0097],
      [0.79, 0.81],
      [3, 3.0001],
      [-2, 9],
      [1e-9, 1e9],
      [0.4, 13],
    ] as const) {
      const svg = historyOf(5, (epoch) => ({
        training: { loss: low + ((high - low) * epoch) / 4 },
        learningRate: high - ((high - low) * epoch) / 4,
      })).svg();
      for (const { ticks } of readPicture(svg)) {
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(8);
      }
    }
  });

  test("names ticks by few digits, however narrow or far out an axis is", () => {
    for (let exponent = -12; exponent <= 12; exponent++) {
      for (const [low, high] of [
        [1.9976, 2.0001],
        [1, 1.03],
        [-0.7, 0.9],
        [3, 8],
      ] as const) {
        const rate = (epoch: number) => (low + ((high - low) * epoch) / 4) * 10 ** exponent;
        const rows = historyOf(5, (epoch) => ({ learningRate: rate(epoch) }));
        const digits = readPicture(rows.svg()).flatMap(({ ticks }) =>
          ticks.map(({ text }) => text.replace(/e.*/, "").replaceAll(/\D|^0\.0*/g, "")),
        );
        expect(digits.filter((own) => own.replace(/0+$/, "").length > 6)).toEqual([]);
      }
    }
  });

  test("of ten thousand epochs keeps the extremes, and grows no more", () => {
    const spike = (epoch: number) => (epoch === 7001 ? 9 : Math.sin(epoch) + 2);
    const svg = historyOf(10_000, (epoch) => ({ training: { loss: spike(epoch) } })).svg();
    expect(svg.length).toBeLessThan(40_000);
    const values =
      readPicture(svg)[0]
        ?.curves.get("training")
        ?.map(([, value]) => value) ?? [];
    expect(Math.max(...values)).toBeCloseTo(9, 2);
    expect(Math.min(...values)).toBeCloseTo(1, 2);
  });

  test("refuses a width of no room, and unknown options", () => {
    expect(() => history.svg({ width: 100 })).toThrow(
      "svg: width: expected a number of at least 260, got 100.",
    );
    expect(() => history.svg({ them: "dark" } as never)).toThrow(/svg: .*them/);
  });
});

describe("lossCurve", () => {
  test("draws the losses of a loop of one's own where its axes say", () => {
    const losses = Array.from({ length: 40 }, (_, i) => 0.3 + 1 / (i + 1));
    const [panel, ...others] = readPicture(lossCurve(losses, { title: "mine" }));
    expect(others).toEqual([]);
    expectCurve(panel?.curves.get("training"), losses, 2e-3);
    expect(lossCurve(losses)).toContain("<desc>40 steps. ");
    expectWellFormed(lossCurve([]));
  });

  test("draws what fit draws of its rows", () => {
    const history = historyOf(9, (epoch) => ({
      training: { loss: 1 + epoch, accuracy: epoch / 10 },
      validation: { loss: 2 + epoch, accuracy: epoch / 20 },
    }));
    const svg = lossCurve(history.rows);
    expect(svg.replaceAll("step", "epoch")).toBe(history.svg().replaceAll("step", "epoch"));
  });

  test("takes numbers beside values by name, and leaves out what no row has", () => {
    const rows = [
      { training: 3, validation: { loss: 4, accuracy: 0.5 } },
      { training: { loss: 2 } },
      { validation: 3, learningRate: 0.1 },
    ];
    const [loss, accuracy, rate] = readPicture(lossCurve(rows));
    expect(loss?.labels).toEqual(["training not finite", "validation 3"]);
    expect(accuracy?.title).toBe("accuracy");
    expect(rate?.labels).toEqual(["0.1"]);
  });

  test("refuses rows that are none", () => {
    const attempt = (rows: unknown) => () => Reflect.apply(lossCurve, undefined, [rows]);
    const row = "a loss, or { training, validation, learningRate }";
    expect(attempt(3)).toThrow("lossCurve: rows: expected an array of losses, or of {");
    expect(attempt([1, "2"])).toThrow(`lossCurve: rows[1]: expected ${row}, got "2"`);
    expect(attempt(Array(2))).toThrow(`lossCurve: rows[0]: expected ${row}, got undefined`);
    expect(attempt([{ loss: 1 }])).toThrow(`lossCurve: rows[0]: expected ${row}`);
    expect(attempt([{ training: 1, learningRate: "0.1" }])).toThrow(
      `lossCurve: rows[0]: expected ${row}`,
    );
    expect(attempt([{ training: { loss: "1" } }])).toThrow(
      "lossCurve: rows[0].training: expected a number, or numbers by name",
    );
  });
});
