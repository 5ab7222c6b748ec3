import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { flight, goal, MOON, start } from "../src/flight.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const print = vi.spyOn(console, "log").mockImplementation(() => {});
const { shot } = await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

test("README.md has what the program prints, and its drawing", () => {
  expect(/```text\n([^`]*)```/.exec(read("README.md"))?.[1]).toBe(printed);
  expect(read("output/orbit.svg")).toBe(read("orbit.svg"));
});

test("the probe comes to the goal, by small steps in plain JavaScript, too", () => {
  const [u = 0, v = 0] = shot.x.data();
  const [x0 = 0, z0 = 0] = start.data();
  const slope = ([x = 0, z = 0, u = 0, v = 0]: readonly number[]) => {
    const pull = (away: number, mass: number) => mass * (away ** 2 + z ** 2) ** -1.5;
    const [earth, moon] = [pull(x + MOON, 1 - MOON), pull(x - 1 + MOON, MOON)];
    return [
      u,
      v,
      x + 2 * v - (x + MOON) * earth - (x - 1 + MOON) * moon,
      z - 2 * u - z * (earth + moon),
    ];
  };
  const moved = (y: readonly number[], by: readonly number[], h: number) =>
    y.map((value, i) => value + h * (by[i] ?? 0));
  let y: readonly number[] = [x0, z0, u, v];
  const steps = 200_000;
  const h = flight / steps;
  for (let i = 0; i < steps; i++) {
    const first = slope(y);
    const second = slope(moved(y, first, h / 2));
    const third = slope(moved(y, second, h / 2));
    const fourth = slope(moved(y, third, h));
    y = y.map(
      (value, k) =>
        value +
        (h / 6) * ((first[k] ?? 0) + 2 * (second[k] ?? 0) + 2 * (third[k] ?? 0) + (fourth[k] ?? 0)),
    );
  }
  const [gx = 0, gz = 0] = goal.data();
  expect(Math.hypot((y[0] ?? 0) - gx, (y[1] ?? 0) - gz)).toBeLessThan(1e-7);
});
