import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { expect } from "vitest";
import { RATE } from "../../src/audio/clip.ts";
import { wav } from "../wav.ts";

export { button, usePages, violations } from "../../../../scripts/pages.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Returns the flags of a Chromium whose microphone plays a clip in a loop. */
export function microphoneOf(clip: Float32Array): string[] {
  const file = join(mkdtempSync(join(tmpdir(), "microphone-")), "word.wav");
  writeFileSync(file, wav(clip, RATE));
  return ["--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${file}`];
}

/** Waits for the status of a part of the page. */
export const says = (
  page: Page,
  part: "record" | "train" | "listen" | "keep",
  text: string | RegExp,
) => expect.poll(() => page.locator(`#${part}Status`).textContent()).toMatch(text);

/** Returns the numbers of takes of the word, and of anything else. */
export const takeCounts = (page: Page) =>
  Promise.all([page.locator("#wordTakes li").count(), page.locator("#otherTakes li").count()]);

/** Returns the share of a canvas's pixels that are drawn on. */
export const inkOf = (page: Page, selector: string) =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 40).length / (data.length / 4);
  })()`);

/** Returns the file that its button downloads. */
export async function downloaded(page: Page): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  return {
    name: download.suggestedFilename(),
    bytes: Uint8Array.from(readFileSync(await download.path())),
  };
}
