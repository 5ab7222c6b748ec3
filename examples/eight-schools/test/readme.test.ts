import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { CHAINS, DRAWS, FORMS, WARMUP } from "../src/settings.ts";
import { divergencesOf, drawn } from "./support.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md").replaceAll("\n", " ").replaceAll(/ +/g, " ");

test.runIf(WHOLE)("README.md has the divergent transitions of each form", async () => {
  for (const form of FORMS) {
    const counts: number[] = [];
    for (let seed = 1; seed <= 8; seed++) counts.push(divergencesOf(await drawn(form, seed)));
    const range = `${Math.min(...counts)} to ${Math.max(...counts)}`;
    const name = form === "centred" ? "centred" : "not centred";
    expect(readme).toMatch(new RegExp(`\\| ${name} \\| [^|]* \\| ${range} \\|`));
  }
  expect(readme).toContain("divergent of 8,000 draws, seeds 1 to 8");
});

test("README.md and the page have the settings", () => {
  const [warmup, draws] = [WARMUP, DRAWS].map((count) => count.toLocaleString("en"));
  expect(readme).toContain(
    `runs ${CHAINS} chains of ${warmup} transitions of warm-up and ${draws} draws`,
  );
  expect(readme).toContain(`of ${(CHAINS * DRAWS).toLocaleString("en")} draws`);
  const source = read("src/schools.ts");
  for (const [, code = ""] of readme.matchAll(/\| `(\w[^`]*Normal[^`]*)` \|/g)) {
    expect(source).toContain(code);
  }
  expect(source).toContain("draw(Normal(0, 5))");
  expect(source).toContain("draw(HalfNormal(5))");
});

test("README.md has small pictures, and the policy of the page", () => {
  for (const theme of ["light", "dark"]) {
    const picture = `pictures/page-${theme}.jpg`;
    expect(readme).toContain(`"${picture}"`);
    expect(statSync(new URL(`../${picture}`, import.meta.url)).size).toBeLessThan(180_000);
  }
  expect(read("vite.config.ts")).toContain("script-src 'self' 'wasm-unsafe-eval'");
});
