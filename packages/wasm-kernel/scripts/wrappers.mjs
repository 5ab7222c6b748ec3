/**
 * The exports of generic functions. An export of AssemblyScript cannot be generic, so a line directly above a generic
 * function lists the element types for which it is exported:
 *
 *     // exported for f32, f64
 *     function addForward<T>(x: usize, y: usize, out: usize, count: usize): void { … }
 *
 * This exports addForward_f32 and addForward_f64. A function with a second type parameter also lists its names:
 *
 *     // exported for f32, f64, as sumAxis of Add, maxAxis of Maximum
 *     function reduceAxis<T, O>(…): void { … }
 *
 * The exports are appended to the text that the compiler reads, so they are in no file, and the lines of a source keep
 * their numbers.
 */

const COMMENT = String.raw`(?<comment>\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?`;
const MARK = String.raw`\/\/ exported for (?<types>\w+(?:, \w+)*)(?:, as (?<names>\w+ of \w+(?:, \w+ of \w+)*))?\n`;
const HEAD = String.raw`(?:@inline\n)?(?:export )?function (?<own>\w+)<(?<generic>\w+(?:, \w+)?)>`;
const TYPE = String.raw`\((?<parameters>[^)]*)\): (?<result>\w+) \{`;
const EXPORTED = new RegExp(COMMENT + MARK + HEAD + TYPE, "g");

/**
 * Returns the source of a file with its exports, as the compiler reads it.
 *
 * @param {string} file
 * @param {string} text
 */
export function withExports(file, text) {
  const wrappers = [];
  for (const { groups } of text.matchAll(EXPORTED)) {
    const { names, generic } = groups;
    const [element, second] = generic.split(", ");
    if ((second === undefined) !== (names === undefined)) {
      throw new Error(
        `${file}: ${groups.own} is exported "as NAME of TYPE" if it has a second type`,
      );
    }
    const forms = names?.split(", ").map((name) => name.split(" of ")) ?? [[groups.own]];
    for (const [name, of] of forms) {
      for (const type of groups.types.split(", ")) {
        const types = of === undefined ? type : `${type}, ${of}`;
        wrappers.push(wrapper(groups, `${name}_${type}`, types, { element, type }));
      }
    }
  }
  const marks = text.match(/^\s*\/\/ exported\b/gm) ?? [];
  const read = [...text.matchAll(EXPORTED)].length;
  if (marks.length !== read) {
    throw new Error(
      `${file}: ${marks.length} functions are marked as exported, ${read} can be read`,
    );
  }
  return text + wrappers.join("");
}

/** Returns the text of an exported function, which calls the generic one. */
function wrapper({ comment = "", own, parameters, result }, name, types, { element, type }) {
  const ofType = (text) => text.replace(new RegExp(`\\b${element}\\b`, "g"), type);
  const list = parameters.split(",").flatMap((each) => each.trim() || []);
  const given = list.map((each) => each.split(":")[0]).join(", ");
  const returned = result === "void" ? "" : "return ";
  return `
${comment}export function ${name}(${ofType(list.join(", "))}): ${ofType(result)} {
  ${returned}${own}<${types}>(${given});
}
`;
}

/**
 * Returns the comments of the functions of a source, by name, without comment delimiters.
 * @param {string} text as the compiler reads it
 * @returns {[name: string, comment: string][]}
 */
export function commentsOf(text) {
  const documented =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:\/\/.*\n)*(?:@inline\n)?export function (\w+)\(/g;
  return [...text.matchAll(documented)].map(([, comment = "", name = ""]) => {
    return [name, comment.replace(/\s*\n \* ?/g, "\n").trim()];
  });
}
