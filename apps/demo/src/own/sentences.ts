/**
 * The words of choices and troubles, for page and terminal.
 */

import type { Catalogue } from "../course/catalogue/index.ts";
import type { Choice } from "./choices.ts";
import type { Trouble } from "./trouble.ts";

/** Returns the sentence of a choice: the typed words and their reading. */
export function choiceText({ own }: Catalogue, { kind, typed, read }: Choice): string {
  if (kind === "word") return own.word(typed);
  if (kind === "log") return own.log(typed);
  return own.choice(typed, read);
}

/** Returns the sentence of a trouble. */
export function troubleText({ own }: Catalogue, { kind, values }: Trouble): string {
  const texts: Readonly<Record<string, (...values: never[]) => string>> = own.trouble;
  return texts[kind]?.(...(values as never[])) ?? "";
}
