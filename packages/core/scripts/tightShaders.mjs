/**
 * A plugin of Vite that removes needless spaces from the strings of shaders, and shortens `keep_`, their most frequent
 * name. The strings are in users' bundles, where no minifier shortens them. It runs after Vite has removed the types.
 * The tests of WebGPU use the shortened shaders.
 */

import { visit } from "./withoutExamples.mjs";

/** The files whose template strings are shaders. */
const FILES =
  /\/(?:fft\/stages|run\/webgpu\/(?:kernels|loops|oneGroup|orders|staged|wgsl)|generated\/elementary\/wgsl)\.ts$/;

export const tightShaders = {
  name: "tight-shaders",
  transform(code, id) {
    if (!FILES.test(id)) return null;
    const texts = [];
    visit(this.parse(code), (node) => {
      if (node.type === "TemplateElement") texts.push(node);
    });
    texts.sort((a, b) => b.start - a.start);
    const tight = texts.reduce(
      (own, { start, end }) =>
        own.slice(0, start) + tightened(own.slice(start, end)) + own.slice(end),
      code,
    );
    return { code: tight, map: null };
  },
};

function tightened(text) {
  return text
    .replace(/(?<!>) ([=+*/<>&|^]|[=!<>+]=|&&|\|\||<<|>>|->|-(?= [\w(])) /g, "$1")
    .replace(/([,:;{}])\s+/g, "$1")
    .replace(/ (?=[{}])/g, "")
    .replace(/\n +/g, "\n")
    .replace(/\bkeep_\b/g, "k_");
}
