/**
 * Fails for three kinds of unclear comments: a comment that begins with a word without a referent ("So many are named.",
 * "Where they are now."), a docstring of a function that begins with neither a verb nor a formula, and a comment with a
 * retired word. It also fails for identifiers with retired words. CONTRIBUTING.md says how comments are written.
 *
 *   node scripts/comments.mjs
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The words with which no comment may begin. */
const OPENINGS =
  /^(?:Of|So|What|Where|How|Whether|That|Which|Who|Whose|It|They|These|Those|There|Here|Its|Their|This|Such)\b/;

/** The permitted begin of a function's docstring: a verb in the third person, "True", or a formula, name or link. */
const FIRST_OF_FUNCTION = /^(?:[A-Z][a-z]+s\b|True\b|A [a-z]|(?![A-Z][a-z]+:? ))/;

/** The docstrings of functions, with the name of each. */
const FUNCTIONS =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:\/\*[^*]*\*\/\s*)?(?:export )?(?:default )?(?:async )?function\*? (\w+)/g;

/**
 * Retired words: `word` matches one, `fits` matches its plain English uses, which are allowed, and `say` lists the
 * words to use instead. A sense that is retired only in some folders has their pattern as `files`.
 */
const WORDS = [
  {
    word: /\bplaces?\b/i,
    fits: /\b(?:in (?:the |its |their |one )?places?(?: of)?|tak(?:es?|ing|en) (?:the |its )?place|last places?|decimal places?|place of (?:a |an )?(?:layer|op|node))\b/gi,
    say: "index, position, offset, address, location or point (a place is the layer in which an op runs)",
  },
  {
    word: /\bapart\b/i,
    fits: /\b(?:bytes|elements|columns?|runs|periods|slab|ten|rows|far|`\w+`) apart\b/gi,
    say: "a distance, or distinguish, split, disjoint",
  },
  {
    word: /\b(?:behind|ahead of)\b/i,
    fits: /\b(?:behind the (?:field|Moon|sea)|what is behind|(?:leaves?|stays) [^.]{0,40}behind|hidden behind)\b/gi,
    say: "after, before",
  },
  {
    word: /\b(?:stands?|stood|lies|lying)\b/i,
    fits: /\bstands? (?:for|still)\b|\bthey stand for\b|\bstand-|\blies about\b/gi,
    say: "is, follows, is stored",
  },
  {
    word: /\b(?:taken again|hands on|handed on|row programs?|stretch(?:es)? of (?:memory|indices))\b/i,
    say: "rematerialised, returns or aliases its input, row-wise fused kernel, allocation",
  },
  {
    files: /^packages\/[a-z-]+\/src\//,
    word: /\b(?:presence|verdicts?|truths?|settles?|homes?|clusters?|strangers?)\b/i,
    fits: /\btells the truth\b|\bfiles of strangers\b/gi,
    say: "tangent status, completion status, boolean, resolve, variable buffer, fusion group, test backend",
  },
  {
    files: /^packages\/core\/src\//,
    word: /\b(?:pieces?|sites?|drives?|driven|guards? of a tangent|kept (?:composite|op)s?)\b/i,
    fits: /\ba drive, a host\b|\bwhich many sites draw\b/gi,
    say: "partition, source location, interpret, mask, has a kernel",
  },
  {
    files: /^packages\/core\/src\/(?:bodies|compile|differentiate|implicit|graph)\//,
    word: /\b(?:way back|way forward|halves|flows?)\b/i,
    fits: /\bcontrol flow\b|\bgradient that flows\b|\bhalves of (?:a|the) (?:matrix|sum)\b/gi,
    say: "pullback or backward pass, pushforward, primal and linear part, tangents or cotangents",
  },
];

/**
 * Retired words in identifiers: `words` are the parts of a camel-case name, `files` matches the files in which they are
 * retired, and `fits` matches the names that are allowed.
 */
const NAMES = [
  {
    words: ["own", "given"],
    files: /^packages\/core\/src\/(?!generated)/,
    fits: /^(?:hasOwn|getOwnPropertyDescriptors?)$/,
    say: "the thing itself: axis, entry, args, inputs",
  },
  {
    words: ["asked", "told", "untold"],
    files: /^packages\/(?:core|nn|onnx|files|solve)\/src\//,
    say: "requested, reported",
  },
  {
    words: ["unit", "units"],
    files: /^packages\/core\/src\/run\/program\//,
    say: "schedule item",
  },
  {
    words: ["keeps"],
    files: /^packages\/core\/src\/(?:compile|graph|run)\//,
    fits: /^keepsElements$/,
    say: "hasKernel",
  },
  {
    words: ["presence"],
    files: /^packages\/core\/src\//,
    say: "tangent status",
  },
  {
    words: ["flow", "flows"],
    files: /^packages\/core\/src\/(?:bodies|differentiate|implicit|graph|ops|linalg|fft)\//,
    say: "tangent or cotangent",
  },
  {
    words: ["halves", "saved"],
    files: /^packages\/core\/src\/(?:bodies|compile|graph)\//,
    say: "primal and linear part, residuals",
  },
  {
    words: [
      "home",
      "homes",
      "resident",
      "residents",
      "stretch",
      "stretches",
      "driven",
      "drive",
      "drives",
    ],
    files: /^packages\/core\/src\//,
    fits: /^STRETCH$/,
    say: "variable buffer, storage, allocation, interpret",
  },
  {
    words: ["slot", "slots", "cluster", "clusters"],
    files: /^packages\/core\/src\/run\/(?:device|program)\//,
    say: "device buffer, fusion group",
  },
  {
    words: ["piece", "pieces", "chunk", "chunks", "delay", "delayed"],
    files: /^packages\/core\/src\/(?:run|graph|ops)\//,
    fits: /^CHUNK$/,
    say: "partition, tile or block, sinking",
  },
  {
    words: ["site", "sites"],
    files: /^packages\/core\/src\/(?!callSite|stack|errors|generated)/,
    fits: /^(?:CallSite|callSite|nameCallSite)$/,
    say: "source location",
  },
  {
    words: ["verdict", "commit", "commits"],
    files: /^packages\/core\/src\/(?:run|graph|tensor)\//,
    say: "completion status, write-back",
  },
  { words: ["truth", "truths"], files: /^packages\/core\/src\//, say: "boolean" },
];

/** The files that are not checked, each with the reason. */
const LEFT_OUT = [[/\/generated\//, "made from the schema of ONNX"]];

/** Returns the words of a comment, without its stars and slashes. */
function wordsOf(comment) {
  return comment
    .replace(/^[ \t]*(?:\*|\/\/) ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** Returns the comments of a source: blocks, and runs of `//` lines, each with the number of its first line. */
function commentsOf(text) {
  const found = text.matchAll(/\/\*\*?([\s\S]*?)\*\/|(?:^[ \t]*\/\/ .*\n)+/gm);
  return [...found].map((match) => ({
    line: lineAt(text, match.index),
    words: wordsOf(match[1] ?? match[0]),
  }));
}

/** Returns the identifiers of a source with their offsets, except those in comments and in string literals. */
function identifiersOf(text) {
  const code = text.replace(
    /\/\*[\s\S]*?\*\/|\/\/.*$|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|\$\{|[^`\\])*?`/gm,
    (part) => part.replace(/[^\n]/g, " "),
  );
  return [...code.matchAll(/[A-Za-z_$][\w$]*/g)];
}

function lineAt(text, index) {
  return text.slice(0, index).split("\n").length;
}

function refuse(file, line, expected, words) {
  console.error(`${file}:${line}: ${expected}, got "${words.slice(0, 70)}"`);
  process.exitCode = 1;
}

const listed = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).stdout;
const files = listed
  .split("\0")
  .filter((file) => /\.(?:m?[jt]s|tsx)$/.test(file) && !LEFT_OUT.some(([path]) => path.test(file)));

let seen = 0;
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8");
  for (const { line, words } of commentsOf(text)) {
    seen++;
    if (OPENINGS.test(words)) refuse(file, line, "a comment begins with its noun or verb", words);
    // Code of examples and code in backticks is not checked.
    const prose = words.replace(/```[\s\S]*?```|`[^`]*`(?! apart)|@param \w+/g, "");
    for (const { files: where, word, fits, say } of WORDS) {
      if (where && !where.test(file)) continue;
      const rest = fits ? prose.replace(fits, "") : prose;
      if (word.test(rest)) {
        refuse(file, line, `say ${say}`, rest.slice(Math.max(0, rest.search(word) - 30)));
      }
    }
  }
  const retired = NAMES.filter(({ files: where }) => where.test(file));
  if (retired.length > 0) {
    for (const { 0: name, index } of identifiersOf(text)) {
      const parts = name.split(/_|(?<=[a-z0-9])(?=[A-Z])/).map((part) => part.toLowerCase());
      for (const { words, fits, say } of retired) {
        if (fits?.test(name) || !parts.some((part) => words.includes(part))) continue;
        refuse(file, lineAt(text, index), `say ${say}`, name);
      }
    }
  }
  for (const { 1: comment, index } of text.matchAll(FUNCTIONS)) {
    const words = wordsOf(comment);
    if (FIRST_OF_FUNCTION.test(words)) continue;
    refuse(file, lineAt(text, index), "a function's comment begins with a verb", words);
  }
}
if (seen < 5000) {
  console.error(
    `of ${seen} comments only, where there should be many: is this script still right?`,
  );
  process.exitCode = 1;
}
