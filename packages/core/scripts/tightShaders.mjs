/**
 * A plugin of Vite, after its compiler, that takes needless spaces out of the texts of shaders, and shortens the name that
 * is there most often: they are a part of bundles, in which no minifier changes them. The tests of WebGPU run what it leaves.
 */

import { visit } from "./withoutExamples.mjs";

/** The files whose texts are shaders. */
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
