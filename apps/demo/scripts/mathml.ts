/**
 * The formulas of the lessons as MathML, made when the page is built: a plugin of Vite.
 */

import temml from "temml";
import type { Plugin } from "vite";
import { formulas } from "../src/course/formulas.ts";

/** Returns the module `virtual:mathml`. */
export function mathml(): Plugin {
  const name = "virtual:mathml";
  return {
    name: "mathml",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) =>
      id === `\0${name}` ? `export const mathml = ${JSON.stringify(rendered())};` : undefined,
  };
}

function rendered(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(formulas).map(([name, { tex }]) => {
      const text = temml.renderToString(tex, { displayMode: true, throwOnError: true });
      // The policy forbids inline styles, which nothing here needs.
      return [name, text.replace(/ style="[^"]*"/g, "")];
    }),
  );
}
