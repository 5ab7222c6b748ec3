/** A small highlighter: the kinds of a program's parts, without a grammar that must be loaded. */

export type Kind = "comment" | "string" | "number" | "keyword" | "name" | "";

const PARTS =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<number>\b(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b)|(?<keyword>\b(?:import|export|from|as|type|const|let|var|function|class|extends|return|if|else|for|of|in|while|do|new|await|async|try|catch|finally|throw|true|false|null|undefined|this|typeof|instanceof|interface|readonly|default|break|continue|switch|case|super|yield)\b)|(?<name>\b[A-Za-z_$][\w$]*(?=\())/gi;

/** Returns the parts of a program in order, with the kind of each. */
export function partsOf(code: string): { readonly text: string; readonly kind: Kind }[] {
  const parts: { text: string; kind: Kind }[] = [];
  let end = 0;
  for (const match of code.matchAll(PARTS)) {
    if (match.index > end) parts.push({ text: code.slice(end, match.index), kind: "" });
    const [kind = ""] = Object.entries(match.groups ?? {}).find(([, text]) => text) ?? [];
    parts.push({ text: match[0], kind: kind as Kind });
    end = match.index + match[0].length;
  }
  if (end < code.length) parts.push({ text: code.slice(end), kind: "" });
  return parts;
}
